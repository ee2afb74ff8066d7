// What fronts draw, label and write down. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { ParetoResult } from '../../../contracts/analysis.ts';
import type { ParetoPoint } from '../../../contracts/analysis.ts';
import { axisScale, fromPosition } from '../axis-scale.ts';
import { DEFAULT_FIGURE, renderSvg } from '../export.ts';
import { overlap, placeLabels } from '../place-labels.ts';
import { MOST_WHISKERS, drawnKinds, formatAxisValue, paretoMarks, paretoTable } from './pareto-marks.ts';
import { paretoOption } from './pareto-option.ts';
import type { ParetoLook } from './pareto-look.ts';
import { scoreText, shortPointLabel } from './point-words.ts';

function point(numbers: number, value: number, change: Partial<ParetoPoint> = {}): ParetoPoint {
  const interval = { low: value - 0.04, high: value + 0.04, kind: 'student-over-seeds' as const };
  return {
    ...{ key: `p${numbers}-${value}`, label: `${numbers} numbers`, adapter: 'tinylora', runIds: [`run-${numbers}`] },
    ...{ seeds: [0, 1, 2], numbers, bytes: 4 * numbers, notes: [] },
    objectives: [
      { value: numbers, interval: null },
      { value, interval },
    ],
    ...{
      isOnFront: false,
      frontShare: 0,
      isUncertain: false,
      greedy: null,
      gain: null,
      gainFraction: null,
      settings: [],
    },
    sampled: { value, interval, problems: 512, samples: 1, step: 114 },
    ...change,
  };
}

function resultOf(points: ParetoPoint[]): ParetoResult {
  const front = points.flatMap(({ isOnFront }, index) => (isOnFront ? [index] : []));
  return ParetoResult.parse({
    objectives: [
      { key: 'numbers', goal: 'min', log: true },
      { key: 'sampled', goal: 'max', log: false },
    ],
    ...{ points, front, axes: [], unfinished: 1, incomplete: 0, method: { resamples: 0, seed: 0 }, hypervolume: null },
    attainment: front.map((index) => ({
      x: points[index]?.objectives[0]?.value,
      y: points[index]?.objectives[1]?.value,
    })),
    baselines: [
      { label: 'untrained', runIds: [], objectives: [null, 0.221] },
      { label: 'full', runIds: ['f'], objectives: [2_000_000, 0.99] },
    ],
  });
}

const small = resultOf([
  point(1, 0.234, { isOnFront: true, isUncertain: true, frontShare: 0.6 }),
  point(13, 0.541, { isOnFront: true, frontShare: 1 }),
  point(30, 0.5, { adapter: 'lora-xs' }),
  point(210, 0.951, { isOnFront: true, frontShare: 1 }),
  point(840, 0.98, { isOnFront: true, frontShare: 0.99 }),
]);
const everything = { selected: new Set<string>(), shown: null };
const look: ParetoLook = {
  ...{ scheme: 'light', lineWidthPx: 1.75, fontSizePx: 12, widthPx: 900, heightPx: 380, logX: true },
  ...{ xName: 'numbers', yName: 'accuracy, sampled', colorOf: null, brush: null },
  formatY: (value) => `${Math.round(value * 100)}%`,
  labelOf: (drawn) => shortPointLabel(drawn, small, false),
  className: (markClass) => markClass,
  describe: (drawn) => [drawn.label],
  baselineLabel: (label, value) => `${label} ${value}`,
};

interface DrawnSeries {
  id: string;
  data: readonly unknown[];
  step?: string;
  itemStyle?: { borderType?: unknown; color?: string };
  lineStyle?: { type?: unknown };
  large?: boolean;
}

function seriesOf(
  result: ParetoResult,
  choice = everything,
  change: Partial<ParetoLook> = {},
): Map<string, DrawnSeries> {
  const marks = paretoMarks(result, choice);
  const { series } = paretoOption(result, marks, { ...look, ...change }) as unknown as { series: DrawnSeries[] };
  return new Map(series.map((one) => [one.id, one]));
}

describe('the front', () => {
  it('is a step line to the right edge, with dashed baselines', () => {
    const series = seriesOf(small);
    const line = series.get('attainment');
    expect(line?.step).toBe('end');
    expect(line?.data.slice(0, 2)).toEqual([
      [0, 0.234],
      [Math.log10(13), 0.541],
    ]);
    const [x, y] = line?.data.at(-1) as [number, number];
    expect([x > Math.log10(840), y]).toEqual([true, 0.98]);
    expect(series.get('baseline-0')?.lineStyle?.type).toEqual([6, 4]);
    expect(series.get('baseline-1')?.data).toHaveLength(2);
  });

  it('tells sure, uncertain and dominated points apart without colour', () => {
    const series = seriesOf(small);
    expect(['front', 'uncertain', 'dominated'].map((id) => series.get(id)?.data.length)).toEqual([3, 1, 1]);
    expect(series.get('uncertain')?.itemStyle?.borderType).toEqual([3, 2]);
    expect(series.get('front')?.itemStyle?.borderType).toBeUndefined();
    expect(drawnKinds(paretoMarks(small, everything)).map(({ name }) => name)).toEqual(['TinyLoRA', 'LoRA-XS']);
    expect([...series.keys()].filter((id) => id.startsWith('kind-'))).toEqual(['kind-TinyLoRA', 'kind-LoRA-XS']);
  });

  it('draws only what filters leave, without moving its axes', () => {
    const kept = { selected: new Set<string>(), shown: new Set(['p13-0.541']) };
    const [all, some] = [everything, kept].map((choice) => paretoOption(small, paretoMarks(small, choice), look));
    expect(paretoMarks(small, kept)).toHaveLength(1);
    expect((some?.['xAxis'] as { min: number }).min).toBe((all?.['xAxis'] as { min: number }).min);
  });

  it('has whiskers for all points to sixty, then for front and selected', () => {
    const many = resultOf(
      Array.from({ length: MOST_WHISKERS + 1 }, (_, index) => point(index + 1, 0.5, { isOnFront: index === 0 })),
    );
    const selected = new Set(['p5-0.5']);
    expect(paretoMarks(small, everything).every(({ hasWhisker }) => hasWhisker)).toBe(true);
    const named = paretoMarks(many, { selected, shown: null }).filter(({ hasWhisker }) => hasWhisker);
    expect(named.map(({ point: { numbers } }) => numbers)).toEqual([1, 5]);
  });

  it('turns to the fast way of drawing above 2,000 dominated points, and drops none', () => {
    const many = resultOf(
      Array.from({ length: 2500 }, (_, index) => point(index + 1, 0.4, { isOnFront: index === 0 })),
    );
    const dominated = seriesOf(many).get('dominated');
    expect([dominated?.large, dominated?.data.length]).toEqual([true, 2499]);
  });

  it('is less than 1 MB of SVG for 500 points, in the font asked for, with every label of the baselines', () => {
    const result = resultOf(
      Array.from({ length: 500 }, (_, index) =>
        point(1 + index * 7, 0.2 + 0.7 * (index / 500), { isOnFront: index % 25 === 0, frontShare: 1 }),
      ),
    );
    const marks = paretoMarks(result, everything);
    const svg = renderSvg((figure) => paretoOption(result, marks, { ...look, ...figure }), DEFAULT_FIGURE);
    expect(svg.length).toBeLessThan(1_000_000);
    expect(svg).toContain('IBM Plex Sans');
    expect(svg).toContain('untrained 0.221');
    expect(svg).toContain('full 0.99');
  });

  it('writes the drawn numbers into its table', () => {
    const { columns, rows } = paretoTable(paretoMarks(small, everything), small);
    const column = (name: string) => rows.map((row) => row[columns.indexOf(name)]);
    expect(column('trained numbers')).toEqual([1, 13, 30, 210, 840]);
    expect(column('y: sampled')).toEqual([0.234, 0.541, 0.5, 0.951, 0.98]);
    expect(column('class')).toEqual(['uncertain', 'front', 'dominated', 'front', 'front']);
    expect(rows.every((row) => row.length === columns.length)).toBe(true);
  });

  it('writes a score with the interval that it has', () => {
    const [first] = small.points;
    if (first === undefined) throw new Error('There is no point.');
    expect(scoreText(first, small)).toBe('23.4% ±4.0');
    const wilson = { low: 0.2, high: 0.27, kind: 'wilson' as const };
    const single = point(1, 0.234, {
      objectives: [
        { value: 1, interval: null },
        { value: 0.234, interval: wilson },
      ],
    });
    expect(scoreText(single, small)).toBe('23.4% [20.0, 27.0]');
    expect(shortPointLabel(first, small, true)).toBe('1 numbers · 23.4%');
  });
});

describe('axes', () => {
  it('mark the sizes that are there where there is room, and never 0', () => {
    const { ticks, min } = axisScale([1, 13, 30, 210, 840], true, 600, 12);
    // 10 and 1000 would be written over 13 and 840.
    expect(ticks.map((tick) => formatAxisValue(fromPosition(tick, true)))).toEqual([
      '1',
      '13',
      '30',
      '100',
      '210',
      '840',
    ]);
    expect(fromPosition(min, true)).toBeGreaterThan(0);
    const narrow = axisScale([1, 13, 30, 210, 840, 10_000_000], true, 200, 12).ticks;
    const room = (32 / 200) * (7 * 1.12);
    expect(narrow.slice(1).every((tick, index) => tick - (narrow[index] ?? 0) >= room * 0.99)).toBe(true);
  });

  it('have more ticks upwards than across the same length', () => {
    const ticks = (direction: 'across' | 'up') => axisScale([0.2, 0.95], false, 130, 11, direction).ticks;
    expect(ticks('across')).toEqual([0.5]);
    expect(ticks('up')).toEqual([0.2, 0.4, 0.6, 0.8]);
  });

  it('leave out what a log axis cannot show, and stand without a value', () => {
    expect(axisScale([0, -1, 10, 100], true, 600, 12).min).toBeGreaterThan(0.9);
    expect(axisScale([], false, 600, 12).ticks).toEqual([0, 1]);
    expect(axisScale([5, 5], false, 600, 12).max).toBeGreaterThan(5);
  });
});

describe('labels', () => {
  const bounds = { x: 0, y: 0, width: 400, height: 200 };

  it('of baselines stand at the right edge and never lie on each other', () => {
    const requests = [100, 101, 103, 104].map((y) => ({
      x: 400,
      y,
      width: 120,
      height: 15,
      side: 'right-edge' as const,
    }));
    const placed = placeLabels(requests, [], bounds).flatMap((box) => box ?? []);
    expect(placed).toHaveLength(4);
    expect(new Set(placed.map(({ x, width }) => x + width))).toEqual(new Set([396]));
    for (const [index, box] of placed.entries()) {
      expect(placed.slice(index + 1).some((other) => overlap(box, other))).toBe(false);
    }
  });

  it('of points move apart, off the points and inside the chart; without room they are left out', () => {
    const places = Array.from({ length: 12 }, (_, index) => ({ x: 190 + 2 * index, y: 100 }));
    const obstacles = places.map(({ x, y }) => ({ x: x - 6, y: y - 6, width: 12, height: 12 }));
    const requests = places.map((place) => ({ ...place, width: 70, height: 15, side: 'point' as const }));
    const placed = placeLabels(requests, obstacles, bounds).flatMap((box) => box ?? []);
    expect(placed.length).toBeGreaterThan(8);
    for (const [index, box] of placed.entries()) {
      expect([...placed.slice(index + 1), ...obstacles].some((other) => overlap(box, other))).toBe(false);
      expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 400 && box.y + box.height <= 200).toBe(true);
    }
    expect(placeLabels(requests, [], { x: 0, y: 0, width: 20, height: 20 }).every((box) => box === null)).toBe(true);
  });
});
