// The numbers logged at every step, by namespaced name. Runs in the engine process.
import type { MergeReport } from '../../native/binding/index.d.ts';
import type { RolloutGroup, SentGroup, UpdateResult } from './grpo.ts';
import type { GradedCompletion } from './rollouts.ts';
import type { SftStep } from './sft.ts';

export type Metrics = Record<string, number>;

/** Rewards, rates and lengths of a step's completions, whether they were trained or not. */
export function completionMetrics(graded_P_G: readonly GradedCompletion[][]): Metrics {
  const all = graded_P_G.flat();
  const rewards = all.flatMap(({ grade }) => grade.reward ?? []);
  const lengths = all.map(({ completion }) => completion.tokens.length);
  const share = (isTrue: (completion: GradedCompletion) => boolean) =>
    mean(all.map((entry) => (isTrue(entry) ? 1 : 0)));
  const withoutVariance = graded_P_G.map((group) => {
    const groupRewards = group.flatMap(({ grade }) => grade.reward ?? []);
    return groupRewards.every((reward) => reward === groupRewards[0]) ? 1 : 0;
  });
  return present({
    'reward/mean': mean(rewards),
    'reward/std': standardDeviation(rewards),
    'reward/zeroVarianceFraction': mean(withoutVariance),
    'reward/maskedFraction': share(({ grade }) => grade.reward === null),
    'rate/strict': share(({ grade }) => grade.strict),
    'rate/lenient': share(({ grade }) => grade.lenient),
    'rate/format': share(({ grade }) => grade.format),
    'length/mean': mean(lengths),
    'length/p10': quantile(lengths, 0.1),
    'length/median': quantile(lengths, 0.5),
    'length/p90': quantile(lengths, 0.9),
    'length/max': maximum(lengths),
    'length/clippedFraction': share(({ completion }) => completion.finishReason === 'length'),
    'tokens/sampled': sum(lengths),
  });
}

/**
 * The update's numbers. Policy and importance statistics are over the tokens that were computed: with β = 0 those of the
 * groups whose rewards differ.
 */
export function updateMetrics(update: UpdateResult, groups: readonly RolloutGroup[], importanceCap: number): Metrics {
  const first = update.steps[0];
  const last = update.steps.at(-1);
  if (!first || !last) return {};
  const importance = flatten(first.pass.groups.map((group) => group.importanceWeights ?? []));
  const clipped = update.steps.flatMap((step) => flatten(step.pass.groups.map((group) => group.clipped ?? [])));
  const k3 = flatten(first.pass.groups.map((group) => group.k3 ?? []));
  const differences = logprobDifferences(update, groups);
  return present({
    loss: first.pass.loss,
    'policy/entropy': mean(flatten(first.pass.groups.map((group) => group.suffixEntropy))),
    'policy/clippedFraction': mean(clipped),
    ...(update.referenceLogprobs ? { 'kl/reference': mean(k3) } : {}),
    // Paper §2, figure 5: KL(rollout ‖ train) on the sampled tokens.
    'kl/trainRollout': mean(differences),
    'kl/trainRolloutMaxAbsolute': maximum(differences.map(Math.abs)),
    'importance/mean': mean(importance),
    'importance/min': minimum(importance),
    'importance/max': maximum(importance),
    'importance/cappedFraction': mean(importance.map((weight) => (weight >= importanceCap ? 1 : 0))),
    'gradient/norm': first.optimiser.gradientNorm,
    'parameters/norm': last.optimiser.parameterNorm,
    'parameters/updateNorm': last.optimiser.updateNorm,
    'tokens/trained':
      update.steps.length * sum(update.oldLogprobs.flatMap((group) => group.map((logprobs) => logprobs.length))),
  });
}

/** log π_rollout − log π_train of every trained token. */
function logprobDifferences(update: UpdateResult, groups: readonly RolloutGroup[]): number[] {
  return update.sent.flatMap((sent: SentGroup, index) =>
    sent.completions.flatMap((position, suffix) => {
      const old = update.oldLogprobs[index]?.[suffix] ?? [];
      const rollout = groups[sent.group]?.completions[position]?.logprobs ?? [];
      return Array.from(old, (logprob, token) => (rollout[token] ?? NaN) - logprob);
    }),
  );
}

export function sftMetrics(steps: readonly SftStep[]): Metrics {
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last) return {};
  return present({
    loss: first.pass.loss,
    'policy/entropy': mean(flatten(first.pass.groups.map((group) => group.suffixEntropy))),
    'gradient/norm': first.optimiser.gradientNorm,
    'parameters/norm': last.optimiser.parameterNorm,
    'parameters/updateNorm': last.optimiser.updateNorm,
    'tokens/trained':
      steps.length * sum(first.pass.groups.flatMap((group) => group.suffixLogprobs.map((tokens) => tokens.length))),
  });
}

/** How much of ΔW survived the rounding of the merged weights: ⟨applied, ΔW⟩/‖ΔW‖², and the share of entries that changed. */
export function mergeMetrics(report: MergeReport | null): Metrics {
  return report ? present({ 'merge/fidelity': report.fidelity, 'merge/changedFraction': report.changedFraction }) : {};
}

export interface StepTimes {
  sampleMs: number;
  gradeMs: number;
  passMs: number;
  stepMs: number;
}

/** Seconds, throughput and memory: these alone differ between two runs of the same seed. */
export function timeMetrics(times: StepTimes, sampledTokens: number, computedTokens: number): Metrics {
  return present({
    'time/sampleMs': times.sampleMs,
    'time/gradeMs': times.gradeMs,
    'time/passMs': times.passMs,
    'time/stepMs': times.stepMs,
    'tokensPerSecond/sample': perSecond(sampledTokens, times.sampleMs),
    'tokensPerSecond/pass': perSecond(computedTokens, times.passMs),
    'memory/residentBytes': process.memoryUsage.rss(),
  });
}

/** Metrics of nothing (no token trained, no time taken) are left out. */
function present(metrics: Record<string, number | undefined>): Metrics {
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

function flatten(values: readonly (readonly (Float32Array | Uint8Array)[])[]): number[] {
  return values.flatMap((group) => group.flatMap((array) => Array.from(array)));
}
function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length;
}
function minimum(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((least, value) => Math.min(least, value));
}
function maximum(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((largest, value) => Math.max(largest, value));
}
/** Linear between order statistics: Hyndman and Fan's type 7 (1996). */
function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (place - Math.floor(place));
}
/** With n − 1; of two values at least. */
function standardDeviation(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const average = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - average) ** 2)) / (values.length - 1));
}
function perSecond(count: number, durationMs: number): number | undefined {
  return durationMs === 0 ? undefined : (1000 * count) / durationMs;
}
