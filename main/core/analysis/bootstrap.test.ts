// Resampling and correction against values that are known.
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../contracts/seeded-random.ts';
import { studentQuantile95 } from '../statistics.ts';
import { holm, pairedBootstrap, quantile } from './bootstrap.ts';

const settings = { resamples: 4000, seed: 3 };

describe('pairedBootstrap', () => {
  it('comes close to the interval of the normal approximation', () => {
    const random = new SeededRandom(1);
    const differences = Array.from({ length: 400 }, () => random.integer(-1, 1) + 0.1);
    const mean = differences.reduce((sum, value) => sum + value, 0) / 400;
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399;
    const half = studentQuantile95(399) * Math.sqrt(variance / 400);
    const { low, high } = pairedBootstrap(differences, null, settings);
    expect(low).toBeCloseTo(mean - half, 1);
    expect(high).toBeCloseTo(mean + half, 1);
    expect(high - low).toBeGreaterThan(1.8 * half);
    expect(high - low).toBeLessThan(2.2 * half);
  });

  it('is wider where problems hang together: copies of a problem are one observation', () => {
    const once = Array.from({ length: 50 }, (_, index) => (index % 5 === 0 ? 1 : 0) - 0.1);
    const copies = once.flatMap((value) => [value, value, value, value]);
    const clusters = copies.map((_, index) => Math.floor(index / 4));
    const alone = pairedBootstrap(once, null, settings);
    expect(pairedBootstrap(copies, clusters, settings)).toEqual(alone);
    const naive = pairedBootstrap(copies, null, settings);
    expect(naive.high - naive.low).toBeLessThan(0.6 * (alone.high - alone.low));
  });

  it('says so where nothing differs, and is the same for the same seed', () => {
    expect(pairedBootstrap([0, 0, 0], null, settings)).toEqual({ low: 0, high: 0, pValue: 1 });
    const differences = [1, 0, -1, 1, 1, 0, 0, 1];
    expect(pairedBootstrap(differences, null, settings)).toEqual(pairedBootstrap(differences, null, settings));
    expect(pairedBootstrap(new Array<number>(40).fill(1), null, settings).pValue).toBeCloseTo(2 / 4001, 10);
  });
});

it('holm corrects as R’s p.adjust(method = "holm") does', () => {
  const corrected = holm([0.01, 0.04, 0.03, 0.005]);
  expect(corrected.map((value) => Number(value.toFixed(10)))).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.6, 0.9])).toEqual([1, 1]);
});

it('quantile interpolates as R’s type 7', () => {
  expect(quantile(Float64Array.of(1, 2, 3, 4), 0.025)).toBeCloseTo(1.075, 12);
  expect(quantile(Float64Array.of(1, 2, 3, 4), 1)).toBe(4);
});
