import { expect, test } from 'vitest';
import {
  accuracyInterval,
  meanOfLists,
  meanWithInterval,
  pairedDifference,
  studentQuantile95,
  wilsonInterval,
} from './statistics.ts';

test("Wilson's interval", () => {
  // Newcombe (1998), table I: 81 of 263 and 0 of 20.
  const { low, high } = wilsonInterval(81, 263);
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
  expect(wilsonInterval(0, 20).low).toBe(0);
  expect(wilsonInterval(0, 20).high).toBeCloseTo(0.1611, 4);
  expect(wilsonInterval(20, 20).high).toBe(1);
});

test("Student's quantile joins its table", () => {
  expect(studentQuantile95(30)).toBeCloseTo(2.0423, 4);
  expect(studentQuantile95(31)).toBeCloseTo(2.0395, 3);
  expect(studentQuantile95(511)).toBeCloseTo(1.9646, 4);
});

test('mean with interval', () => {
  const estimate = meanWithInterval([1, 2, 3]);
  expect(estimate.mean).toBe(2);
  expect(estimate.high).toBeCloseTo(2 + 4.3027 / Math.sqrt(3), 6);
  expect(meanWithInterval([1]).high).toBe(Infinity);
});

test('paired difference is sharper than two means, and refuses what is not paired', () => {
  const before = Array.from({ length: 100 }, (_, i) => i % 2);
  const after = before.map((score, i) => (i < 10 ? 1 : score));
  const difference = pairedDifference(before, after);
  expect(difference.mean).toBeCloseTo(0.05, 12);
  expect(difference.low).toBeGreaterThan(0);
  expect(() => pairedDifference([1], [1, 2])).toThrow(/cannot be paired/);
});

/** Half width of the sandwich estimate for an intercept alone, written out over all pairs of one cluster. */
function sandwichHalfWidth(values: number[], clusters: number[], quantile: number): number {
  const center = values.reduce((sum, value) => sum + value, 0) / values.length;
  let variance = 0;
  for (const [i, one] of values.entries()) {
    for (const [j, other] of values.entries()) {
      if (clusters[i] === clusters[j]) variance += ((one - center) * (other - center)) / values.length ** 2;
    }
  }
  const count = new Set(clusters).size;
  return quantile * Math.sqrt((variance * count) / (count - 1));
}

test('an interval over clusters is the sandwich estimate, and that of cluster means where they are equally large', () => {
  const values = [0.1, 0.3, 0.9, 0.7, 0.5, 0.6, 0.2];
  const clusters = [0, 0, 1, 1, 2, 3, 3];
  const { mean, low, high, n } = meanWithInterval(values, clusters);
  const half = sandwichHalfWidth(values, clusters, 3.1824);
  expect([mean, n]).toEqual([values.reduce((sum, value) => sum + value, 0) / 7, 7]);
  expect(low).toBeCloseTo(mean - half, 12);
  expect(high).toBeCloseTo(mean + half, 12);

  const paired = meanWithInterval([0, 0.2, 1, 0.8, 0.4, 0.6], [5, 5, 7, 7, 9, 9]);
  const means = meanWithInterval([0.1, 0.9, 0.5]);
  expect([paired.low, paired.high]).toEqual([expect.closeTo(means.low, 12), expect.closeTo(means.high, 12)]);
  expect(meanWithInterval([1, 0], [3, 3]).high).toBe(Infinity);
  expect(meanWithInterval(values, [...values.keys()])).toEqual(meanWithInterval(values));
});

test('twins in clusters count once: the interval does not shrink when every problem is doubled', () => {
  const before = [0, 0.5, 1, 0.25];
  const after = [0.5, 0.5, 1, 0.75];
  const twice = (list: number[]) => list.flatMap((value) => [value, value]);
  const single = pairedDifference(before, after);
  const doubled = pairedDifference(twice(before), twice(after), [0, 0, 1, 1, 2, 2, 3, 3]);
  expect([doubled.low, doubled.high]).toEqual([expect.closeTo(single.low, 12), expect.closeTo(single.high, 12)]);
  expect(pairedDifference(twice(before), twice(after)).high).toBeLessThan(single.high);
});

test("an evaluation's interval: Wilson's for single samples, else over problems or clusters", () => {
  const single = accuracyInterval({ samples: 1, perProblem: [1, 0, 1, 1], clusters: null });
  expect(single).toEqual({ interval: wilsonInterval(3, 4), intervalKind: 'wilson' });
  const perProblem = [0.25, 0.5, 0.75, 0.5];
  const repeated = accuracyInterval({ samples: 4, perProblem, clusters: null });
  expect(repeated.intervalKind).toBe('student-over-problems');
  // Student's interval of four means: 0.5 ± 3.1824 · 0.2041 / 2.
  expect(repeated.interval.low).toBeCloseTo(0.5 - (3.1824 * Math.sqrt(0.125 / 3)) / 2, 10);
  const clustered = accuracyInterval({ samples: 1, perProblem: [1, 1, 0, 0, 1, 1], clusters: [0, 0, 1, 1, 2, 2] });
  expect(clustered).toEqual({ interval: { low: 0, high: 1 }, intervalKind: 'student-over-clusters' });
  const perfect = accuracyInterval({ samples: 4, perProblem: [1, 1, 1, 1], clusters: [0, 0, 1, 1] });
  expect(perfect).toEqual({ interval: wilsonInterval(2, 2), intervalKind: 'wilson' });
});

test('mean of lists', () => {
  expect(
    meanOfLists([
      [0, 1],
      [1, 1],
    ]),
  ).toEqual([0.5, 1]);
  expect(() => meanOfLists([[0], [1, 1]])).toThrow();
});
