// Resampling of problems, and correction for many comparisons. Pure; runs in the host's query thread.
import { SeededRandom } from '../../../contracts/seeded-random.ts';
import type { Interval } from '../statistics.ts';

/** Scores summed by cluster: a resample draws clusters, in which everything stays together. */
export interface ClusteredScores {
  sums: Float64Array;
  counts: Float64Array;
}

/** @param clusters number of each score's cluster; null: each score for itself */
export function clusterScores(scores: readonly number[], clusters: readonly number[] | null): ClusteredScores {
  const places = new Map<number, number>();
  const place = scores.map((_, index) => {
    const cluster = clusters?.[index] ?? index;
    const known = places.get(cluster) ?? places.size;
    places.set(cluster, known);
    return known;
  });
  const sums = new Float64Array(places.size);
  const counts = new Float64Array(places.size);
  for (const [index, score] of scores.entries()) {
    const cluster = place[index] ?? 0;
    sums[cluster] = (sums[cluster] ?? 0) + score;
    counts[cluster] = (counts[cluster] ?? 0) + 1;
  }
  return { sums, counts };
}

/** How often each of `count` clusters is drawn, with replacement. */
export function drawWeights(count: number, random: SeededRandom): Uint32Array {
  const weights = new Uint32Array(count);
  for (let draw = 0; draw < count; draw++) {
    const cluster = Math.floor(random.uniform() * count);
    weights[cluster] = (weights[cluster] ?? 0) + 1;
  }
  return weights;
}

export function weightedMean({ sums, counts }: ClusteredScores, weights: Uint32Array): number {
  let sum = 0;
  let count = 0;
  for (let cluster = 0; cluster < sums.length; cluster++) {
    const weight = weights[cluster] ?? 0;
    sum += weight * (sums[cluster] ?? 0);
    count += weight * (counts[cluster] ?? 0);
  }
  return sum / count;
}

export interface BootstrapResult extends Interval {
  /** Two-sided, that the mean is 0; never below 2 / (resamples + 1). */
  pValue: number;
}

/**
 * Percentile bootstrap of a mean of paired differences (Efron and Tibshirani, 1993, chapters 13 and 16), over clusters
 * where problems hang together.
 */
export function pairedBootstrap(
  differences: readonly number[],
  clusters: readonly number[] | null,
  { resamples, seed }: { resamples: number; seed: number },
): BootstrapResult {
  const scores = clusterScores(differences, clusters);
  const random = new SeededRandom(seed);
  const means = Float64Array.from({ length: resamples }, () =>
    weightedMean(scores, drawWeights(scores.sums.length, random)),
  ).sort();
  const atMostZero = means.reduce((count, value) => count + (value <= 0 ? 1 : 0), 0);
  const atLeastZero = means.reduce((count, value) => count + (value >= 0 ? 1 : 0), 0);
  const pValue = Math.min(1, (2 * (Math.min(atMostZero, atLeastZero) + 1)) / (resamples + 1));
  return { low: quantile(means, 0.025), high: quantile(means, 0.975), pValue };
}

/** Of sorted values, between neighbours by their distance (type 7 of Hyndman and Fan, 1996). */
export function quantile(sorted: Float64Array, probability: number): number {
  const place = (sorted.length - 1) * probability;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Step-down correction of p-values for their number (Holm, 1979), in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((left, right) => (pValues[left] ?? 1) - (pValues[right] ?? 1));
  const corrected = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * (pValues[index] ?? 1)));
    corrected[index] = largest;
  }
  return corrected;
}
