// The completions of a run as clients browse them: steps, prompts, groups, search. Parsed by the host; used by clients.
import { z } from 'zod';
import { CompletionRow } from './engine-protocol.ts';

export const CompletionPhase = CompletionRow.shape.phase;
export type CompletionPhase = z.infer<typeof CompletionPhase>;

export const CompletionStep = z.strictObject({
  step: z.int(),
  phase: CompletionPhase,
  prompts: z.int(),
  completions: z.int(),
  /** Of the graded ones; null where none is. */
  meanReward: z.number().nullable(),
  /** Completions with their tokens' log-probs. */
  withTokens: z.int(),
});
export type CompletionStep = z.infer<typeof CompletionStep>;

export const CompletionPrompt = z.strictObject({
  promptIndex: z.int(),
  prompt: z.string(),
  gold: z.string(),
  samples: z.int(),
  graded: z.int(),
  /** Samples of reward 1 and above: "5/8 right". */
  right: z.int(),
  meanReward: z.number().nullable(),
  /** Whether rewards differ, so that the group has a gradient. */
  hasSignal: z.boolean(),
});
export type CompletionPrompt = z.infer<typeof CompletionPrompt>;

export const CompletionToken = z.strictObject({
  id: z.int(),
  /** What the token adds to the text; bytes of a character cut in two appear with the token that completes it. */
  text: z.string(),
  /** log p of the policy that sampled it, at the run's temperature. */
  logpRollout: z.number(),
  /** log p of the training pass, as the loss used it; null where the group was not computed. */
  logpTrain: z.number().nullable(),
  /** Of the training pass, in nats. */
  entropy: z.number().nullable(),
});
export type CompletionToken = z.infer<typeof CompletionToken>;

export const CompletionSample = CompletionRow.omit({ tokens: true, prompt: true, gold: true }).extend({
  tokens: z.array(CompletionToken).nullable(),
  /** Largest |log p_train − log p_rollout| of its tokens, with its sign; null where unknown. */
  largestGap: z.number().nullable(),
});
export type CompletionSample = z.infer<typeof CompletionSample>;

export const CompletionGroup = z.strictObject({
  runId: z.string(),
  step: z.int(),
  phase: CompletionPhase,
  promptIndex: z.int(),
  prompt: z.string(),
  gold: z.string(),
  samples: z.array(CompletionSample),
});
export type CompletionGroup = z.infer<typeof CompletionGroup>;

/** How many completions of a step got each reward; null: not graded. */
export const RewardCount = z.strictObject({ reward: z.number().nullable(), completions: z.int() });
export type RewardCount = z.infer<typeof RewardCount>;

export const CompletionGroupQuery = z.strictObject({
  run: z.string().min(1),
  step: z.int().min(0),
  phase: CompletionPhase,
  promptIndex: z.int().min(0),
});

/** What a group is looked at beside: the untrained model's answers to the same prompt, from this run's own step 0. */
export const CompletionGroupResult = CompletionGroup.extend({ base: z.array(CompletionSample) });

export const CompletionSearchQuery = z.strictObject({
  run: z.string().min(1),
  /** Both included; null: from the first, to the last. */
  fromStep: z.int().nullable().default(null),
  toStep: z.int().nullable().default(null),
  phase: CompletionPhase.nullable().default(null),
  minReward: z.number().nullable().default(null),
  maxReward: z.number().nullable().default(null),
  finishReason: CompletionRow.shape.finishReason.nullable().default(null),
  /** Found anywhere in completion, prompt or extracted answer, whatever the case of ASCII letters; empty: everything. */
  text: z.string().max(500).default(''),
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(100),
});
export type CompletionSearchQuery = z.infer<typeof CompletionSearchQuery>;

export const CompletionSearchResult = z.strictObject({
  /** Completions of the step range and phase, and those that match. */
  searched: z.int(),
  matched: z.int(),
  /** By step, phase, prompt and sample. */
  rows: z.array(CompletionRow.omit({ tokens: true })),
});
export type CompletionSearchResult = z.infer<typeof CompletionSearchResult>;

export const PromptInRunsQuery = CompletionGroupQuery.extend({
  /** Where to look; null: the runs of the sweeps that this run is in. */
  runs: z.array(z.string().min(1)).max(2000).nullable().default(null),
  /** The group of this step or, missing there, the last before it that has the prompt; null: the last there is. */
  atStep: z.int().min(0).nullable().default(null),
});

export const PromptInRunsResult = z.strictObject({
  prompt: z.string(),
  gold: z.string(),
  groups: z.array(CompletionGroup.omit({ prompt: true, gold: true })),
  /** Runs without a completion of this prompt. */
  withoutPrompt: z.array(z.string()),
});
