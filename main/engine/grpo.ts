// GRPO (paper §2, §5.1) as one readable page: sample, grade, advantages, pass, optimiser step. Runs in the engine process.
//
// Dimensions: P prompts of a step, G completions of each, T tokens of a completion.
import type {
  AdamWOptions,
  OptimStepResult,
  PassResult,
  SequenceGroup,
  Session,
} from '../../native/binding/index.d.ts';
import type { Aggregation } from './advantages.ts';
import { groupAdvantages, tokenScales } from './advantages.ts';

export interface RolloutCompletion {
  /** The ids as sampled, the end-of-generation id or those of a stop string included. */
  tokens: Int32Array;
  /** Log-probs of the policy that sampled them, at the settings' temperature. */
  logprobs: Float32Array;
  /** null: masked (its grader failed or it was cancelled); it takes no part in the update. */
  reward: number | null;
}
export interface RolloutGroup {
  prompt: Int32Array;
  completions: RolloutCompletion[];
}

export interface GrpoSettings {
  temperature: number;
  clipEpsilon: number;
  klCoefficient: number;
  importanceCap: number;
  advantage: 'group-std' | 'mean-only';
  advantageEpsilon: number;
  aggregation: Aggregation;
  /** The divisor of dr-grpo. */
  maxCompletionTokens: number;
  optimiserSteps: number;
  optimiser: AdamWOptions;
  microBatchTokens: number;
  /** The reference policy's numbers where the adapter cannot be switched off (full fine-tuning); null: it is switched off. */
  referenceParams: Float32Array | null;
  /** Score every group, the reference policy and the gradient for the record, also where the update needs none of it. */
  recordAll: boolean;
}

export interface UpdateStep {
  /** Sum over the batch; `pass.groups[i]` belongs to `sent[i]` of the result. */
  pass: PassResult;
  optimiser: OptimStepResult;
  /** Before clipping; with recordAll. */
  gradient: Float64Array | null;
  paramsAfter: Float32Array | null;
}
/** A group of which completions were sent to the pass: `completions[i]` indexes the group's completions. */
export interface SentGroup {
  group: number;
  completions: number[];
}
export interface UpdateResult {
  /** advantages_P_G; null where masked. */
  advantages: (number | null)[][];
  sent: SentGroup[];
  /** Of the policy at the batch's start, by sent group and completion. */
  oldLogprobs: Float32Array[][];
  referenceLogprobs: Float32Array[][] | null;
  steps: UpdateStep[];
}

/**
 * Trains on one batch of rollouts. `old` stays the policy of the batch's start through all optimiser steps.
 * A group whose advantages are all 0 has gradient 0 where β = 0 and is then not computed at all (exact).
 */
export async function updateOnRollouts(
  session: Session,
  settings: GrpoSettings,
  groups: readonly RolloutGroup[],
): Promise<UpdateResult> {
  const advantages = groups.map((group) =>
    groupAdvantages(
      group.completions.map((completion) => completion.reward),
      settings.advantage,
      settings.advantageEpsilon,
    ),
  );
  const sequences = sequenceGroups(groups, advantages, settings);
  const batch = sequences.map(({ sequence }) => sequence);

  const needsReference = settings.klCoefficient > 0 || settings.recordAll;
  const referenceLogprobs = needsReference ? await scoreReference(session, batch, settings) : null;
  batch.forEach((sequence, index) => Object.assign(sequence, { referenceLogprobs: referenceLogprobs?.[index] }));

  const steps: UpdateStep[] = [];
  let oldLogprobs: Float32Array[][] = [];
  for (let index = 0; index < settings.optimiserSteps; index++) {
    session.zeroGrad();
    const pass = await passOver(session, batch, {
      ...forwardOptions(settings),
      backward: true,
      grpo: grpoObjective(settings),
    });
    if (index === 0) {
      // The first pass is π_old itself (ρ ≡ 1); the later ones compare with it.
      oldLogprobs = pass.groups.map((group) => group.suffixLogprobs);
      batch.forEach((sequence, position) => Object.assign(sequence, { oldLogprobs: oldLogprobs[position] }));
    }
    const gradient = settings.recordAll ? session.gradient() : null;
    const optimiser = await session.optimStep(settings.optimiser);
    steps.push({ pass, optimiser, gradient, paramsAfter: settings.recordAll ? session.params() : null });
  }
  return { advantages, sent: sequences.map(({ sent }) => sent), oldLogprobs, referenceLogprobs, steps };
}

/** Log-probs under π_ref (paper §2: v = 0), by sent group and completion. */
async function scoreReference(
  session: Session,
  batch: SequenceGroup[],
  settings: GrpoSettings,
): Promise<Float32Array[][]> {
  const { referenceParams } = settings;
  const options = { ...forwardOptions(settings), backward: false, adapterOff: referenceParams === null };
  if (referenceParams === null) return (await passOver(session, batch, options)).groups.map((g) => g.suffixLogprobs);
  const trained = session.params();
  await session.setParams(referenceParams);
  const { groups } = await passOver(session, batch, options);
  await session.setParams(trained);
  return groups.map((group) => group.suffixLogprobs);
}

function forwardOptions({ temperature, microBatchTokens }: GrpoSettings) {
  return { temperature, microBatchTokens };
}

/** Paper §2: −(1/N) Σ w_t · min(ρ_t A, clip(ρ_t, 1 ± ε) A) + β · k3_t, computed beside its gradient in the native pass. */
function grpoObjective(settings: GrpoSettings) {
  const { clipEpsilon, importanceCap, klCoefficient } = settings;
  return { clipEpsilon, importanceCap, klCoefficient };
}

function passOver(
  session: Session,
  batch: SequenceGroup[],
  options: Parameters<Session['pass']>[1],
): Promise<PassResult> {
  return batch.length === 0
    ? Promise.resolve({ loss: 0, groups: [], tokensComputed: 0 })
    : session.pass(batch, options);
}

/** The batch as the native pass takes it: each prompt once, its unmasked completions behind it. */
function sequenceGroups(groups: readonly RolloutGroup[], advantages: (number | null)[][], settings: GrpoSettings) {
  const unmasked = groups.map((group, index) =>
    group.completions.map((_, position) => position).filter((position) => advantages[index]?.[position] !== null),
  );
  // N counts the completion tokens of all groups, also of those that have no gradient.
  const lengths_C = groups.flatMap((group, index) =>
    (unmasked[index] ?? []).map((position) => group.completions[position]?.tokens.length ?? 0),
  );
  const scales_C = tokenScales(lengths_C, settings.aggregation, settings.maxCompletionTokens);
  let next = 0;
  const sequences: { sent: SentGroup; sequence: SequenceGroup }[] = [];
  groups.forEach((group, index) => {
    const sent = { group: index, completions: unmasked[index] ?? [] };
    const scales = scales_C.slice(next, (next += sent.completions.length));
    const hasGradient =
      settings.klCoefficient > 0 ||
      (advantages[index] ?? []).some((advantage) => advantage !== null && advantage !== 0);
    if (sent.completions.length === 0 || (!hasGradient && !settings.recordAll)) return;
    sequences.push({
      sent,
      sequence: sequenceGroup(group, sent, advantages[index] ?? [], hasGradient ? scales : scales.map(() => 0)),
    });
  });
  return sequences;
}

function sequenceGroup(
  group: RolloutGroup,
  sent: SentGroup,
  advantages: (number | null)[],
  scales: number[],
): SequenceGroup {
  const completions = sent.completions.flatMap((position) => group.completions[position] ?? []);
  return {
    prefix: group.prompt,
    prefixWeights: null,
    suffixes: completions.map((completion) => completion.tokens),
    // For the reference pass, which only scores.
    suffixWeights: completions.map((completion) => new Float32Array(completion.tokens.length)),
    advantages: Float32Array.from(sent.completions, (position) => advantages[position] ?? 0),
    rolloutLogprobs: completions.map((completion) => completion.logprobs),
    tokenScales: Float32Array.from(scales),
  };
}
