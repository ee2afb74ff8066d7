// What charts draw, mark and write down. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { formatMeasure } from '../format.ts';
import { SCHEMES, TOKENS, runMark } from '../theme/tokens.ts';
import { tableToCsv, tableToJson } from './chart-table.ts';
import { cellInk, contrast } from './chart-theme.ts';
import { DEFAULT_FIGURE, renderSvg } from './export.ts';
import { figureWithTexts } from './figure-texts.ts';
import type { ChartOption } from './echarts.ts';
import { lineTable } from './LineChart.tsx';
import { lineChartOption } from './line-option.ts';
import { bandParts, lineSeriesOptions } from './line-series.ts';
import type { LineSeries } from './line-series.ts';
import { nextPlace } from './point-walk.ts';
import { sparklineParts } from './Sparkline.tsx';

const line: LineSeries = {
  id: 'a',
  name: 'reward, "mean"',
  mark: runMark(0, 'light'),
  kind: 'line',
  points: [
    { x: 0, y: 0.2, low: 0.1, high: 0.3, n: 3 },
    { x: 1, y: NaN },
    { x: 2, y: 0.5, low: -0.1, high: 0.6, n: 3 },
  ],
};
const look = { logX: false, logY: false, scheme: 'light', lineWidthPx: 1.75, hasMarkers: false } as const;

describe('lines', () => {
  it('break at NaN and mark it on the floor', () => {
    const options = lineSeriesOptions(line, look, false);
    expect(options.map(({ id }) => id)).toEqual(['a-band', 'a', 'a-floor']);
    expect(options[1]?.['data']).toEqual([
      { value: [0, 0.2], symbol: 'circle', symbolSize: 4.5 },
      [1, null],
      { value: [2, 0.5], symbol: 'circle', symbolSize: 4.5 },
    ]);
    expect(options[2]?.['data']).toEqual([[1]]);
  });

  it('break their band where there is no interval, and keep it above 0 on a log axis', () => {
    expect(bandParts(line.points, look)).toHaveLength(2);
    expect(bandParts(line.points, { logX: false, logY: true })[1]).toEqual([{ x: 2, low: 0.5, high: 0.6 }]);
    // x = 0 has no place on a log axis.
    expect(
      bandParts(line.points, { logX: true, logY: false })
        .flat()
        .map(({ x }) => x),
    ).toEqual([2]);
  });

  it('draw into SVG with bands, marks and the font asked for', () => {
    const figure = {
      logX: false,
      logY: false,
      scheme: 'light',
      zoom: null,
      formatValue: formatMeasure,
      xName: 'step',
    } as const;
    const svg = renderSvg(({ lineWidthPx }) => lineChartOption([line], { ...figure, lineWidthPx }), DEFAULT_FIGURE);
    expect(svg).toContain(TOKENS.light.status.failed);
    expect(svg).toContain('IBM Plex Sans');
    expect(svg).toContain('fill-opacity="0.18"');
  });

  it('say in files what they are: title, axes, legend, in the font asked for', () => {
    const other = { ...line, id: 'b', name: 'seed 2', mark: runMark(1, 'light') };
    const figure = { logX: false, logY: false, scheme: 'light', zoom: null, formatValue: formatMeasure } as const;
    const drawn = figureWithTexts(
      ({ lineWidthPx }) => lineChartOption([line, other], { ...figure, xName: 'step', lineWidthPx }),
      { title: 'Reward', unit: 'mean of 3 seeds', axisNames: { x: 'step' }, legendNames: ['seed 2'] },
    );
    const svg = renderSvg(drawn, { ...DEFAULT_FIGURE, font: 'DejaVu Sans' });
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text);
    expect(texts).toEqual(expect.arrayContaining(['Reward', 'step', 'Reward, mean of 3 seeds', 'seed 2']));
    expect(svg).toContain("font-family:'DejaVu Sans', sans-serif");
    expect(svg).not.toContain('IBM Plex Sans');
    expect(svg.length).toBeLessThan(1e6);
  });

  it('carry a marker here and there where there are several, and none alone', () => {
    const points = Array.from({ length: 100 }, (_, x) => ({ x, y: x }));
    const marked = (lines: LineSeries[]) =>
      (
        lineChartOption(lines, { ...look, zoom: null, formatValue: formatMeasure, xName: 'step' })[
          'series'
        ] as ChartOption[]
      ).map(({ data }) => (data as unknown[]).filter((point) => !Array.isArray(point)).length);
    const first = { ...line, points };
    const second = { ...line, id: 'b', mark: runMark(1, 'light'), points };
    expect(marked([first])).toEqual([0]);
    expect(marked([first, second])).toEqual([7, 7]);
    expect(marked([first, second, { ...second, id: 'c', isBaseline: true }])).toEqual([7, 7, 0]);
  });

  it('fade beside a selected one', () => {
    const [option] = lineSeriesOptions({ ...line, points: [{ x: 1, y: 1 }] }, look, true);
    expect(option?.['itemStyle']).toMatchObject({ opacity: 0.35 });
  });
});

describe('numbers behind a chart', () => {
  it('keep NaN and gaps in table, CSV and JSON', () => {
    const table = lineTable([line], 'step');
    expect(table.columns).toEqual(['series', 'step', 'value', 'low', 'high', 'n']);
    expect(tableToCsv(table).split('\r\n')[2]).toBe('"reward, ""mean""",1,NaN,,,');
    expect(JSON.parse(tableToJson(table))).toContainEqual({
      series: line.name,
      step: 1,
      value: 'NaN',
      low: null,
      high: null,
      n: null,
    });
  });
});

describe('keys', () => {
  const point = (dataIndex: number) => ({ text: '', dataIndex });
  const series = [
    { name: 'a', seriesId: 'a', points: [0, 1, 2].map(point) },
    { name: 'b', seriesId: 'b', points: [point(0)] },
  ];
  it('walk points and series and stay inside', () => {
    expect(nextPlace(null, 'ArrowRight', series)).toEqual({ series: 0, point: 0 });
    expect(nextPlace({ series: 0, point: 2 }, 'ArrowRight', series)).toEqual({ series: 0, point: 2 });
    expect(nextPlace({ series: 0, point: 2 }, 'ArrowDown', series)).toEqual({ series: 1, point: 0 });
    expect(nextPlace({ series: 0, point: 0 }, 'End', series)).toEqual({ series: 0, point: 2 });
    expect(nextPlace({ series: 0, point: 0 }, 'q', series)).toBeNull();
    expect(nextPlace(null, 'ArrowRight', [])).toBeNull();
  });
});

describe('colours', () => {
  it('keep text readable on every surface and every cell', () => {
    for (const scheme of SCHEMES) {
      const tokens = TOKENS[scheme];
      const surfaces = [tokens.background, tokens.paper, tokens.sunken];
      for (const surface of surfaces) {
        for (const text of [tokens.text, tokens.textSecondary, tokens.hint, ...Object.values(tokens.status)]) {
          expect(contrast(text, surface), `${scheme} ${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
        }
        expect(contrast(tokens.controlBorder, surface)).toBeGreaterThanOrEqual(3);
      }
      for (const cell of [...tokens.sequential, ...tokens.diverging]) {
        expect(contrast(cellInk(cell, scheme), cell), `${scheme} ${cell}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  it('give each of many runs its own mark, and keep every run colour over 3:1', () => {
    for (const scheme of SCHEMES) {
      const marks = Array.from({ length: 24 }, (_, slot) => runMark(slot, scheme));
      expect(new Set(marks.map((mark) => JSON.stringify(mark))).size).toBe(24);
      for (const { color } of marks) expect(contrast(color, TOKENS[scheme].paper)).toBeGreaterThanOrEqual(3);
    }
  });
});

it('sparklines break where a value is no number and stay inside', () => {
  expect(sparklineParts([0, 1, NaN, 1], 96, 24)).toEqual(['2.0,22.0 32.7,2.0', '94.0,2.0']);
  expect(sparklineParts([0.5, 0.5], 96, 24)).toEqual(['2.0,12.0 94.0,12.0']);
  expect(sparklineParts([], 96, 24)).toEqual([]);
});
