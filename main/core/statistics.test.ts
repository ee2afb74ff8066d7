import { expect, test } from 'vitest';
import { meanOfLists, meanWithInterval, pairedDifference, studentQuantile95, wilsonInterval } from './statistics.ts';

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

test('mean of lists', () => {
  expect(
    meanOfLists([
      [0, 1],
      [1, 1],
    ]),
  ).toEqual([0.5, 1]);
  expect(() => meanOfLists([[0], [1, 1]])).toThrow();
});
