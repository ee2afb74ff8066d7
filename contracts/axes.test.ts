// Grid axes by rule: the values that form, YAML and command line agree on.
import { describe, expect, it } from 'vitest';
import { AxisRule, GridAxis, axisValues } from './axes.ts';

function values(rule: unknown): unknown[] {
  return axisValues(AxisRule.parse(rule));
}

describe('an axis', () => {
  it('of a list is the list', () => {
    expect(axisValues(GridAxis.parse([0.01, 'x', { kind: 'full' }]))).toEqual([0.01, 'x', { kind: 'full' }]);
  });

  it('of a range has its ends without the noise of addition', () => {
    expect(values({ range: { from: 0.1, to: 0.7, step: 0.2 } })).toEqual([0.1, 0.3, 0.5, 0.7]);
    expect(values({ range: { from: 1, to: 6, step: 2 } })).toEqual([1, 3, 5]);
    expect(values({ range: { from: 3, to: 3, step: 1 } })).toEqual([3]);
  });

  it('of a log range has equal ratios and exact ends', () => {
    expect(values({ logRange: { from: 0.001, to: 0.1, count: 5 } })).toEqual([0.001, 0.00316, 0.01, 0.0316, 0.1]);
    expect(values({ logRange: { from: 1, to: 4, count: 5, integer: true } })).toEqual([1, 2, 3, 4]);
  });

  it('of random values is the same for the same seed, within its bounds, and without repetition', () => {
    const rule = { random: { from: 1e-4, to: 0.1, count: 20, scale: 'log', seed: 3 } };
    const drawn = values(rule) as number[];
    expect(drawn).toEqual(values(rule));
    expect(new Set(drawn).size).toBe(20);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1e-4);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(0.1);
    // Half of a log-uniform sample lies below the geometric mean; of a linear one, 3 % would.
    expect(drawn.filter((value) => value < 10 ** -2.5).length).toBeGreaterThan(4);
    expect(values({ random: { ...rule.random, seed: 4 } })).not.toEqual(drawn);
    const whole = values({ random: { from: 1, to: 5, count: 5, integer: true } });
    expect(whole).toEqual([1, 2, 3, 4, 5]);
  });

  it('of a choice keeps the order of the list', () => {
    const chosen = values({ choice: { of: ['a', 'b', 'c', 'd', 'e'], count: 3, seed: 1 } }) as string[];
    expect(chosen.length).toBe(3);
    expect([...chosen].sort()).toEqual(chosen);
  });

  it('that cannot be is refused', () => {
    for (const rule of [
      { range: { from: 1, to: 0, step: 1 } },
      { range: { from: 0, to: 1e9, step: 1 } },
      { logRange: { from: 0, to: 1, count: 3 } },
      { random: { from: 1, to: 2, count: 3, integer: true } },
      { choice: { of: [1], count: 2 } },
    ])
      expect(AxisRule.safeParse(rule).success, JSON.stringify(rule)).toBe(false);
  });
});
