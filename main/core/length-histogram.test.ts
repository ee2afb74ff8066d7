// Lengths in round bars: nothing lost, edges kept.
import { expect, it } from 'vitest';
import { lengthHistogram } from './length-histogram.ts';

it.each([
  [[5], 1],
  [[3, 3, 4, 1000], 50],
  [Array.from({ length: 500 }, (_, index) => index * 7), 100],
])('counts every length once, in bars of round width', (lengths, width) => {
  const { bins, minimum, maximum } = lengthHistogram(lengths);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(lengths.length);
  expect(bins.length).toBeLessThanOrEqual(40);
  expect((bins[0]?.to ?? 0) - (bins[0]?.from ?? 0)).toBe(width);
  expect([minimum, maximum]).toEqual([Math.min(...lengths), Math.max(...lengths)]);
  for (const { from, to, count } of bins) {
    expect(count).toBe(lengths.filter((length) => length >= from && length < to).length);
  }
});

it('has no bars for no lengths, and ranks by the nearest', () => {
  expect(lengthHistogram([])).toEqual({ minimum: null, median: null, p95: null, maximum: null, bins: [] });
  expect(lengthHistogram([4, 1, 3, 2])).toMatchObject({ median: 2, p95: 4 });
});
