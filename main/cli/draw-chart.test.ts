// The Pareto chart as it is drawn: where its texts lie.
import { expect, test } from 'vitest';
import { CHART_HEIGHT_PX, CHART_WIDTH_PX, paretoChart } from '../core/pareto-chart.ts';
import type { FrontPoint, Gain, ParetoFront } from '../core/pareto.ts';
import { drawSvg } from './draw-chart.ts';

/** Half a line of the title and half a line of the labels below it. */
const LINE_HEIGHT_PX = 14;

function gain(start: number, end: number): Gain {
  const estimate = (mean: number) => ({ mean, low: mean, high: mean, n: 512 });
  return { start: estimate(start), end: estimate(end), difference: estimate(end - start) };
}

function point(kind: FrontPoint['kind'], trainableNumbers: number, accuracy: number): FrontPoint {
  const gains = { sampled: gain(0.24, accuracy), greedy: gain(0.33, accuracy) };
  return { label: kind, kind, trainableNumbers, seeds: [0], ...gains, overSeeds: { sampled: null, greedy: null } };
}

function frontThatEndsAt(accuracy: number): ParetoFront {
  const [sampled, greedy] = [gain(0.24, 0.24).start, gain(0.33, 0.33).start];
  return {
    ...{ sweep: 's', description: 'd', problems: 512, samples: 1, temperature: 1, seeds: [0], intervalKind: 't' },
    cells: [],
    points: [point('tinylora', 13, 0.5), point('lora', 2_442_240, accuracy)],
    untrained: { sampled, greedy },
    full: point('full', 134_515_008, accuracy),
    front: { sampled: [0, 1], greedy: [0, 1] },
  };
}

/** Heights of the middles of the texts that match, from the top. */
function heights(svg: string, text: RegExp): number[] {
  return [...svg.matchAll(/<text([^>]*) transform="translate\(\S+ (\S+)\)"[^>]*>([^<]*)</g)]
    .filter(([, , , content]) => text.test(content ?? ''))
    .map(([, attributes, top]) => Number(top) + Number(/ y="(\S+)"/.exec(attributes ?? '')?.[1] ?? 0));
}

test.each([0.93, 0.97, 0.998, 1])('labels stay below the title of their panel, with full fine-tuning at %d', (end) => {
  const option = paretoChart(frontThatEndsAt(end));
  const svg = drawSvg(option, { widthPx: CHART_WIDTH_PX, heightPx: CHART_HEIGHT_PX });
  const titles = heights(svg, /^(Sampled|Greedy)/);
  expect(titles).toHaveLength(2);
  for (const label of [/^full fine-tuning \(135 M\)/, /^2\.44 M$/]) {
    expect(heights(svg, label)).toHaveLength(2);
    expect(Math.min(...heights(svg, label))).toBeGreaterThan(Math.max(...titles) + LINE_HEIGHT_PX);
  }
  // The room above 100 % has no number.
  expect(heights(svg, /^1\d\d$/).length).toBe(heights(svg, /^100$/).length);
});

test.each([0.9, 0.95, 0.965, 0.98, 0.998])(
  'no label lies on the line of full fine-tuning, with a point at %d',
  (accuracy) => {
    const front = frontThatEndsAt(1);
    const points = [point('tinylora', 210, accuracy)];
    const option = paretoChart({ ...front, points, front: { sampled: [0], greedy: [0] } });
    const svg = drawSvg(option, { widthPx: CHART_WIDTH_PX, heightPx: CHART_HEIGHT_PX });
    const [text = NaN] = heights(svg, /^210$/);
    const [name = NaN] = heights(svg, /^full fine-tuning \(135 M\)/);
    const lineTop = name + 10;
    expect(Math.abs(text - lineTop)).toBeGreaterThan(LINE_HEIGHT_PX / 2);
  },
);
