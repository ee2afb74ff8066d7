// Axes of parallel coordinates: places, brushes, addresses, the drawn figure. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { DEFAULT_FIGURE, renderSvg } from '../export.ts';
import {
  MISSING_POSITION,
  brushBetween,
  brushParts,
  brushesFromText,
  brushesToText,
  isInBrush,
  parallelAxis,
} from './parallel-axes.ts';
import type { AxisBrush } from './parallel-axes.ts';
import { parallelOption, sequentialTint } from './parallel-option.ts';

const plain = { isLog: false, isFlipped: false };
const rate = { key: 'learningRate', name: 'learningRate', values: [0.001, 0.01, 0.1, null] };
const words = { key: 'adapter.tying', name: 'adapter.tying', values: ['tiled', 'balanced', 'all', 'tiled'] };

describe('an axis', () => {
  it('places numbers by their logarithm, the other way round where it is flipped, and missing ones below', () => {
    expect(parallelAxis(rate, { isLog: true, isFlipped: false }).positions).toEqual([0, 0.5, 1, MISSING_POSITION]);
    expect(parallelAxis(rate, { isLog: true, isFlipped: true }).positions).toEqual([1, 0.5, 0, MISSING_POSITION]);
    expect(parallelAxis(rate, plain).positions[1]).toBeCloseTo(0.0909, 4);
  });

  it('has no log where a value is 0, and writes categories in full', () => {
    expect(parallelAxis({ ...rate, values: [0, 1] }, { isLog: true, isFlipped: false }).isLog).toBe(false);
    const axis = parallelAxis(words, plain);
    expect(axis.ticks.map(({ label }) => label)).toEqual(['all', 'balanced', 'tiled']);
    expect(axis.positions).toEqual([1, 0.5, 0, 1]);
  });

  it('names its few values, and round ones where there are many', () => {
    const label = (values: number[], isLog: boolean) =>
      parallelAxis({ ...rate, values }, { isLog, isFlipped: false }).ticks.map((tick) => tick.label);
    expect(label([0.001, 0.01, 0.1], true)).toEqual(['0.001', '0.01', '0.1']);
    const many = Array.from({ length: 40 }, (_, index) => 2 * 1.3 ** index);
    expect(label(many, true)).toEqual(expect.arrayContaining(['10', '100', '1000', '10000']));
  });
});

describe('a brush', () => {
  it('keeps the values that a drag touches, in any direction, and stays where it was drawn', () => {
    const axis = parallelAxis(rate, { isLog: true, isFlipped: true });
    const brush = brushBetween(axis, 1.2, 0.4);
    if (brush === null || !('low' in brush)) throw new Error('There is no brush.');
    expect(brush.low).toBe(0.001);
    expect(brush.high).toBeCloseTo(10 ** -1.8, 5);
    expect(rate.values.map((value) => isInBrush(value, brush))).toEqual([true, true, false, false]);
    const [part] = brushParts(axis, brush);
    expect([part?.bottom, part?.top]).toEqual([expect.closeTo(0.4, 4), 1]);
  });

  it('keeps whole categories, and none between them', () => {
    const axis = parallelAxis(words, plain);
    expect(brushBetween(axis, 0.4, 1)).toEqual({ values: ['balanced', 'tiled'] });
    expect(brushBetween(axis, 0.6, 0.9)).toBeNull();
    expect(isInBrush('all', { values: ['balanced'] })).toBe(false);
  });

  it('survives the address, whatever stands in names; what cannot be read is left out', () => {
    const brushes = new Map<string, AxisBrush>([
      ['length/mean@last', { low: 1e-7, high: 2.5 }],
      ['a;b:c', { values: ['x,y', 'p;q~r'] }],
    ]);
    expect(brushesFromText(brushesToText(brushes))).toEqual(brushes);
    expect(brushesFromText('')).toEqual(new Map());
    expect(brushesFromText('nonsense;lr:1~;x:2~3')).toEqual(new Map([['x', { low: 2, high: 3 }]]));
    expect(brushesFromText('%E0%A4%A:1~2')).toEqual(new Map());
  });
});

describe('the figure', () => {
  it('names every axis and draws every line in the tint of its result', () => {
    const axes = [parallelAxis(rate, { isLog: true, isFlipped: false }), parallelAxis(words, plain)];
    const lines = [0, 1].map((row) => ({
      key: String(row),
      positions: axes.map(({ positions }) => positions[row] ?? 0),
      ...{ isSelected: false, shade: row, tooltip: [] },
    }));
    const look = { scheme: 'light', lineWidthPx: 1, hasNames: true } as const;
    const svg = renderSvg(() => parallelOption(axes, lines, look), DEFAULT_FIGURE);
    for (const name of ['learningRate', 'adapter.tying', 'balanced', '0.001']) expect(svg).toContain(name);
    const tint = (shade: number) => sequentialTint(shade, 'light');
    expect(tint(0)).not.toBe(tint(1));
    const rgb = (hex: string) => [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16)).join(',');
    expect([tint(0), tint(1)].every((hex) => svg.includes(hex) || svg.includes(`rgb(${rgb(hex)})`))).toBe(true);
  });
});
