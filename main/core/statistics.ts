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

/** Wilson's 95 % score interval of a proportion (E. B. Wilson, 1927). */
export function wilsonInterval(successes: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const rate = successes / trials;
  const squared = Z_95 ** 2;
  const center = (rate + squared / (2 * trials)) / (1 + squared / trials);
  const half = (Z_95 / (1 + squared / trials)) * Math.sqrt((rate * (1 - rate)) / trials + squared / (4 * trials ** 2));
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

/**
 * Mean with Student's 95 % interval; of one value, an interval that says nothing. With `clusters`, the number of each
 * value's cluster, the error is the one robust to clusters (Liang and Zeger, 1986; factor G / (G − 1), G − 1 degrees of
 * freedom), in which values of one cluster count as one observation; without, each value is its own.
 */
export function meanWithInterval(values: readonly number[], clusters: readonly number[] | null = null): Estimate {
  const n = values.length;
  const center = mean(values);
  const residuals = clusterResiduals(values, center, clusters);
  const count = residuals.length;
  if (count < 2) return { mean: center, low: -Infinity, high: Infinity, n };
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const half = (studentQuantile95(count - 1) * Math.sqrt((squares * count) / (count - 1))) / n;
  return { mean: center, low: center - half, high: center + half, n };
}

function clusterResiduals(values: readonly number[], center: number, clusters: readonly number[] | null): number[] {
  if (clusters === null) return values.map((value) => value - center);
  const residuals = new Map<number, number>();
  for (const [index, value] of values.entries()) {
    const cluster = clusters[index] ?? index;
    residuals.set(cluster, (residuals.get(cluster) ?? 0) + value - center);
  }
  return [...residuals.values()];
}

/** Mean of `after` − `before` over the same problems, with the interval of `meanWithInterval` over them. */
export function pairedDifference(
  before: readonly number[],
  after: readonly number[],
  clusters: readonly number[] | null = null,
): Estimate {
  if (before.length !== after.length) {
    throw new Error(`Scores of ${before.length} and ${after.length} problems cannot be paired.`);
  }
  const differences = after.map((score, index) => score - (before[index] ?? NaN));
  return meanWithInterval(differences, clusters);
}

export interface AccuracyInterval {
  interval: Interval;
  intervalKind: 'wilson' | 'student-over-problems' | 'student-over-clusters';
}

/**
 * 95 % interval of one evaluation's accuracy. Wilson's where each problem was asked once and stands for itself; else
 * Student's over the problems' means, since samples of one problem hang together, clustered where problems do.
 * Where all problems were always right, or all always wrong, Wilson's with a trial a cluster: Student's would be a point.
 */
export function accuracyInterval(evaluation: {
  samples: number;
  perProblem: readonly number[];
  clusters: readonly number[] | null;
}): AccuracyInterval {
  const { samples, perProblem, clusters } = evaluation;
  const trials = clusters === null ? perProblem.length : new Set(clusters).size;
  const isExtreme = perProblem.every((score) => score === 0) || perProblem.every((score) => score === 1);
  if (isExtreme || trials < 2 || (samples === 1 && clusters === null)) {
    return { interval: wilsonInterval(mean(perProblem) * trials, trials), intervalKind: 'wilson' };
  }
  const estimate = meanWithInterval(perProblem, clusters);
  const interval = { low: Math.max(0, estimate.low), high: Math.min(1, estimate.high) };
  return { interval, intervalKind: clusters === null ? 'student-over-problems' : 'student-over-clusters' };
}

/** Entry by entry mean of lists of one length: e.g. each problem's score over seeds. */
export function meanOfLists(lists: readonly (readonly number[])[]): number[] {
  const [first = [], ...others] = lists;
  if (others.length === 0) return [...first];
  if (lists.some((list) => list.length !== first.length))
    throw new Error('Lists of different lengths have no common mean.');
  return first.map((_, index) => mean(lists.map((list) => list[index] ?? NaN)));
}
