// Means, intervals and paired differences. Pure; host and command line.

export interface Interval {
  low: number;
  high: number;
}
export interface Estimate extends Interval {
  mean: number;
  n: number;
}

const Z_95 = 1.959963984540054;
/** 97.5 % quantiles of Student's t for 1 … 30 degrees of freedom. */
const T_95 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314,
  2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];

/** 97.5 % quantile of Student's t; beyond the table by Cornish and Fisher's expansion (error below 1e-5). */
export function studentQuantile95(degreesOfFreedom: number): number {
  const known = T_95[degreesOfFreedom - 1];
  if (known !== undefined) return known;
  const z = Z_95;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return z + first / degreesOfFreedom + second / degreesOfFreedom ** 2;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n − 1). */
export function standardDeviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}

/** Wilson's 95 % score interval of a proportion (E. B. Wilson, 1927). */
export function wilsonInterval(successes: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const rate = successes / trials;
  const squared = Z_95 ** 2;
  const center = (rate + squared / (2 * trials)) / (1 + squared / trials);
  const half = (Z_95 / (1 + squared / trials)) * Math.sqrt((rate * (1 - rate)) / trials + squared / (4 * trials ** 2));
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

/** Mean with Student's 95 % interval; of one value, an interval that says nothing. */
export function meanWithInterval(values: readonly number[]): Estimate {
  const n = values.length;
  const center = mean(values);
  if (n < 2) return { mean: center, low: -Infinity, high: Infinity, n };
  const half = (studentQuantile95(n - 1) * standardDeviation(values)) / Math.sqrt(n);
  return { mean: center, low: center - half, high: center + half, n };
}

/** Mean of `after` − `before` over the same problems, with Student's 95 % interval over problems. */
export function pairedDifference(before: readonly number[], after: readonly number[]): Estimate {
  if (before.length !== after.length) {
    throw new Error(`Scores of ${before.length} and ${after.length} problems cannot be paired.`);
  }
  return meanWithInterval(after.map((score, index) => score - (before[index] ?? NaN)));
}

/** Entry by entry mean of lists of one length: e.g. each problem's score over seeds. */
export function meanOfLists(lists: readonly (readonly number[])[]): number[] {
  const [first = []] = lists;
  if (lists.some((list) => list.length !== first.length))
    throw new Error('Lists of different lengths have no common mean.');
  return first.map((_, index) => mean(lists.map((list) => list[index] ?? NaN)));
}
