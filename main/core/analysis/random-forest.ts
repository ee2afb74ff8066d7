// A random forest over settings and how much of its variance each setting explains. Pure; runs in the host's query thread.
import type { SeededRandom } from '../../../contracts/seeded-random.ts';

/** A setting with its observed values as levels 0 … levels − 1. */
export interface Feature {
  levels: number;
  /** Levels are in the order of numbers: trees cut between them; else they take one level out. */
  isOrdered: boolean;
}
/** One observation: its level of each feature, and the result. */
export interface Observation {
  levels: readonly number[];
  result: number;
}

/** A leaf's box: for each feature the levels it holds. */
type Box = readonly (readonly boolean[])[];
interface Leaf {
  box: Box;
  value: number;
}

const TREES = 16;
/** Observations drawn for a tree: more would not move the shares, only cost time. */
const MOST_DRAWN = 512;
/** Share of the features that a split may choose from. */
const FEATURE_SHARE = 5 / 6;

/**
 * Share of the variance over all combinations of levels that each feature explains for itself: functional ANOVA of a
 * random forest (Hutter, Hoos and Leyton-Brown, 2014; Breiman, 2001). Null where results do not differ.
 */
export function mainEffects(
  features: readonly Feature[],
  observations: readonly Observation[],
  random: SeededRandom,
): number[] | null {
  const shares: number[][] = [];
  for (let tree = 0; tree < TREES; tree++) {
    const drawn = Array.from({ length: Math.min(observations.length, MOST_DRAWN) }, () => {
      const index = random.integer(0, observations.length - 1);
      return observations[index] ?? { levels: [], result: 0 };
    });
    const leaves = growTree(features, drawn, random);
    const share = explainedShares(features, leaves);
    if (share !== null) shares.push(share);
  }
  if (shares.length === 0) return null;
  return features.map((_, feature) => shares.reduce((sum, share) => sum + (share[feature] ?? 0), 0) / shares.length);
}

function growTree(features: readonly Feature[], drawn: readonly Observation[], random: SeededRandom): Leaf[] {
  const whole: Box = features.map(({ levels }) => Array.from({ length: levels }, () => true));
  const leaves: Leaf[] = [];
  const waiting = [{ box: whole, observations: drawn }];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const split = bestSplit(features, node.box, node.observations, random);
    if (split === null) {
      const sum = node.observations.reduce((total, { result }) => total + result, 0);
      leaves.push({ box: node.box, value: sum / node.observations.length });
      continue;
    }
    for (const side of [true, false]) {
      const goesHere = (level: number): boolean => split.isLeft(level) === side;
      waiting.push({
        box: node.box.map((levels, feature) =>
          feature === split.feature ? levels.map((held, level) => held && goesHere(level)) : levels,
        ),
        observations: node.observations.filter(({ levels }) => goesHere(levels[split.feature] ?? 0)),
      });
    }
  }
  return leaves;
}

interface Split {
  feature: number;
  isLeft: (level: number) => boolean;
}

/** The split that leaves the least squared error; null where there is nothing to gain. */
function bestSplit(
  features: readonly Feature[],
  box: Box,
  observations: readonly Observation[],
  random: SeededRandom,
): Split | null {
  if (observations.length < 2) return null;
  const total = observations.reduce((sum, { result }) => sum + result, 0);
  const unsplit = total ** 2 / observations.length;
  const tolerance = 1e-12 * observations.reduce((sum, { result }) => sum + result ** 2, 0);
  let best: Split | null = null;
  let bestGain = tolerance;
  const open = features
    .map((_, feature) => feature)
    .filter((feature) => (box[feature] ?? []).filter(Boolean).length > 1);
  const chosen = open.filter(() => random.uniform() < FEATURE_SHARE);
  for (const feature of chosen.length === 0 ? open : chosen) {
    for (const { isLeft, sum, count } of cuts(features[feature], feature, observations)) {
      if (count === 0 || count === observations.length) continue;
      const gain = sum ** 2 / count + (total - sum) ** 2 / (observations.length - count) - unsplit;
      if (gain > bestGain) [best, bestGain] = [{ feature, isLeft }, gain];
    }
  }
  return best;
}

/** Every way to cut a feature in two, with sum and number of the results on the left. */
function* cuts(feature: Feature | undefined, index: number, observations: readonly Observation[]) {
  if (feature === undefined) return;
  const sums = new Float64Array(feature.levels);
  const counts = new Float64Array(feature.levels);
  for (const { levels, result } of observations) {
    const level = levels[index] ?? 0;
    sums[level] = (sums[level] ?? 0) + result;
    counts[level] = (counts[level] ?? 0) + 1;
  }
  let [sum, count] = [0, 0];
  for (let cut = 0; cut < feature.levels; cut++) {
    sum = (feature.isOrdered ? sum : 0) + (sums[cut] ?? 0);
    count = (feature.isOrdered ? count : 0) + (counts[cut] ?? 0);
    const isLeft = feature.isOrdered ? (level: number) => level <= cut : (level: number) => level === cut;
    yield { isLeft, sum, count };
  }
}

/** Variance of each feature's marginal over the variance of the whole tree; all levels count the same. */
function explainedShares(features: readonly Feature[], leaves: readonly Leaf[]): number[] | null {
  const shareOf = (levels: readonly boolean[]): number => levels.filter(Boolean).length / levels.length;
  const weighed = leaves.map(({ box, value }) => {
    const shares = box.map(shareOf);
    return { box, value, shares, volume: shares.reduce((product, share) => product * share, 1) };
  });
  const mean = weighed.reduce((sum, { value, volume }) => sum + value * volume, 0);
  const variance = weighed.reduce((sum, { value, volume }) => sum + volume * (value - mean) ** 2, 0);
  if (!(variance > 0)) return null;
  return features.map(({ levels }, feature) => {
    let explained = 0;
    for (let level = 0; level < levels; level++) {
      const marginal = weighed.reduce(
        (sum, { box, value, shares, volume }) =>
          box[feature]?.[level] ? sum + (value * volume) / (shares[feature] ?? 1) : sum,
        0,
      );
      explained += (marginal - mean) ** 2 / levels;
    }
    return explained / variance;
  });
}
