// How sure a point's place on the front is, by resampling the problems. Pure; runs in the host's query thread.
import { SeededRandom } from '../../../contracts/seeded-random.ts';
import { clusterScores, drawWeights, weightedMean } from './bootstrap.ts';
import { firstFronts, nonDominated } from './front.ts';
import type { Costs } from './front.ts';

export interface ResampledPoint {
  costs: Costs;
  /** By objective; null where no resample moves it. */
  scores: readonly ({ scores: number[]; clusters: number[] | null } | null)[];
}

/** Points resampled at most, from the first front on: those far behind cannot reach it. */
const MOST_RESAMPLED = 200;

/**
 * Share of paired resamples in which each point is on the front: a resample draws the same problems (or clusters of them)
 * for every point that was evaluated on as many. Null for points far behind the front.
 * @param signs by objective: −1 where more is better
 */
export function frontShares(
  points: readonly ResampledPoint[],
  signs: readonly number[],
  { resamples, seed }: { resamples: number; seed: number },
): (number | null)[] {
  const shares = new Array<number | null>(points.length).fill(null);
  if (resamples === 0) return shares;
  const chosen = firstFronts(
    points.map(({ costs }) => costs),
    MOST_RESAMPLED,
  ).slice(0, 2 * MOST_RESAMPLED);
  const moved = chosen.map((index) => {
    const point = points[index];
    const scores = (point?.scores ?? []).map((entry) => entry && clusterScores(entry.scores, entry.clusters));
    return { index, costs: point?.costs ?? [], scores };
  });
  const hits = new Uint32Array(chosen.length);
  const random = new SeededRandom(seed);
  for (let resample = 0; resample < resamples; resample++) {
    // Points with as many clusters were evaluated on the same problems.
    const weights = new Map<number, Uint32Array>();
    const drawn = moved.map(({ costs, scores }) =>
      costs.map((cost, objective) => {
        const entry = scores[objective];
        if (!entry) return cost;
        const count = entry.sums.length;
        const drawnWeights = weights.get(count) ?? drawWeights(count, random);
        weights.set(count, drawnWeights);
        return (signs[objective] ?? 1) * weightedMean(entry, drawnWeights);
      }),
    );
    for (const position of nonDominated(drawn)) hits[position] = (hits[position] ?? 0) + 1;
  }
  for (const [position, { index }] of moved.entries()) shares[index] = (hits[position] ?? 0) / resamples;
  return shares;
}
