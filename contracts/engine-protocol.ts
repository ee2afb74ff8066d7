// What host and engine say to each other over the child process' channel. Parsed by the receiving side.
import { z } from 'zod';
import { NonFinite } from './metric-window.ts';
import { RunConfig } from './run-config.ts';

export const ENGINE_PROTOCOL_VERSION = 1;

/** The phase in which the GPU's driver compiles kernels at first use; `done` counts up, `total` is 0: nobody knows it. */
export const COMPILING_PHASE = 'compiling kernels';

/** First message to the engine. Paths are absolute. */
export const EngineStart = z.strictObject({
  type: z.literal('start'),
  protocolVersion: z.literal(ENGINE_PROTOCOL_VERSION),
  runId: z.string(),
  config: RunConfig,
  /** Checkpoints, completions and events of this run. Resumes where a checkpoint is found. */
  runFolder: z.string(),
  /** Model hashes, bases. */
  cacheFolder: z.string(),
});
export const EngineCommand = z.discriminatedUnion('type', [
  EngineStart,
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('cancel') }),
]);
export type EngineCommand = z.infer<typeof EngineCommand>;

export const EvaluationResult = z.strictObject({
  step: z.int(),
  /** Sampled or greedy. */
  mode: z.enum(['sampled', 'greedy']),
  temperature: z.number(),
  problems: z.int(),
  samples: z.int(),
  /** Accuracy by the training grader, by strict and lenient rule, and the format rate; means over all completions. */
  accuracy: z.number(),
  strict: z.number(),
  lenient: z.number(),
  format: z.number(),
  meanTokens: z.number(),
  /** Mean score of each problem, in the file's order, for paired differences. */
  perProblem: z.array(z.number()),
  /**
   * Each problem's cluster, numbered from 0: problems so alike that their scores are not independent, within which an
   * interval must not count them as several. Null: every problem for itself.
   */
  clusters: z.array(z.int().min(0)).nullable().default(null),
  durationMs: z.number(),
});
export type EvaluationResult = z.infer<typeof EvaluationResult>;

export const CompletionRow = z.strictObject({
  step: z.int(),
  phase: z.enum(['train', 'evaluation-sampled', 'evaluation-greedy']),
  promptIndex: z.int(),
  sampleIndex: z.int(),
  prompt: z.string(),
  text: z.string(),
  gold: z.string(),
  extracted: z.string().nullable(),
  reward: z.number().nullable(),
  advantage: z.number().nullable(),
  tokenCount: z.int(),
  finishReason: z.enum(['end', 'stop', 'length', 'cancelled']),
  /** Its tokens with their log-probs, as core writes them (token-record.ts); null where they were not kept. */
  tokens: z.base64().nullable().default(null),
});
export type CompletionRow = z.infer<typeof CompletionRow>;

/** The trained numbers after a step: all of them, or those with the largest |v|. */
export const ParameterSnapshot = z.strictObject({
  total: z.int(),
  /** Ascending; null: every number in its order. */
  indices: z.array(z.int().min(0)).nullable(),
  /** float32, little-endian. */
  values: z.base64(),
});
export type ParameterSnapshot = z.infer<typeof ParameterSnapshot>;

/** Namespaced metrics of one step, e.g. `reward/mean`, `time/sampleMs`; finite, since a run that diverges fails. */
export const MetricsRow = z.strictObject({
  step: z.int(),
  values: z.record(z.string(), z.number()),
  /** Null where the adapter has too many numbers to keep any. */
  parameters: ParameterSnapshot.nullable().default(null),
});
export type MetricsRow = z.infer<typeof MetricsRow>;

export const EngineEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('heartbeat'),
    phase: z.string(),
    done: z.number(),
    total: z.number(),
    step: z.int(),
  }),
  z.strictObject({
    type: z.literal('started'),
    resumedFromStep: z.int(),
    parameterCount: z.int(),
    modelHash: z.string(),
    basesFingerprint: z.string(),
    warnings: z.array(z.string()),
  }),
  /** Sent after the step's checkpoint is on disk. */
  MetricsRow.extend({ type: z.literal('metrics') }),
  z.strictObject({ type: z.literal('completions'), rows: z.array(CompletionRow) }),
  z.strictObject({ type: z.literal('evaluation'), result: EvaluationResult }),
  /** Metrics of a step that are no numbers; the run fails with it. */
  z.strictObject({ type: z.literal('diverged'), step: z.int(), values: z.record(z.string(), NonFinite) }),
  z.strictObject({ type: z.literal('ended'), outcome: z.enum(['done', 'paused', 'cancelled']), step: z.int() }),
  z.strictObject({
    type: z.literal('failed'),
    code: z.enum(['BAD_INPUT', 'CANCELLED', 'OUT_OF_MEMORY', 'INTERNAL']),
    message: z.string(),
    step: z.int(),
  }),
]);
export type EngineEvent = z.infer<typeof EngineEvent>;
