// What one run is: the frozen configuration that a cell of a sweep holds. Used by every process.
import { z } from 'zod';

const MODULE_TYPES = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'] as const;
export const ModuleType = z.enum(MODULE_TYPES);
const targets = z.array(ModuleType).default([]);

/** Paper §1. Defaults follow its decisions: r = 2, tiled tying, N(0, 1/r) projections. */
export const AdapterConfig = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('tinylora'),
    rank: z.int().min(1).default(2),
    u: z.int().min(1).default(1),
    tying: z.enum(['tiled', 'structured', 'balanced', 'all']).default('tiled'),
    nTie: z.int().min(1).default(1),
    projectionSeed: z.int().min(0).default(42),
    unitNormProjection: z.boolean().default(false),
    trainableRank: z.int().min(0).default(0),
    targets,
  }),
  z.strictObject({ kind: z.literal('lora-xs'), rank: z.int().min(1).default(2), targets }),
  z.strictObject({
    kind: z.literal('lora'),
    rank: z.int().min(1).default(8),
    alpha: z.number().positive().default(16),
    seed: z.int().min(0).default(0),
    targets,
  }),
  z.strictObject({ kind: z.literal('full') }),
  z.strictObject({ kind: z.literal('none') }),
]);
export type AdapterConfig = z.infer<typeof AdapterConfig>;

export const GraderConfig = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.enum(['gsm8k-strict', 'gsm8k-lenient', 'gsm8k-flexible-verl', 'boxed', 'exact', 'last-number']),
    /** The completion must also have ended by itself. */
    mustEnd: z.boolean().default(false),
  }),
  /** The named group `answer` of the last match is compared with the gold answer. */
  z.strictObject({ name: z.literal('regex'), pattern: z.string().min(1), mustEnd: z.boolean().default(false) }),
]);
export type GraderConfig = z.infer<typeof GraderConfig>;

/** How a data row becomes a prompt. `{question}` stands for the row's question. */
export const PromptConfig = z.discriminatedUnion('kind', [
  /** The model's own chat template; `user` is the user turn's text; rows with `messages` bring their own turns. */
  z.strictObject({
    kind: z.literal('chat'),
    system: z.string().nullable().default(null),
    user: z.string().default('{question}'),
    /** Given to templates that print a date; never today's. */
    date: z.string().default('26 Jul 2024'),
  }),
  /** The text as it is, without a chat template. */
  z.strictObject({ kind: z.literal('plain'), text: z.string().default('{question}') }),
]);
export type PromptConfig = z.infer<typeof PromptConfig>;

export const EvaluationConfig = z.strictObject({
  /** 0: only at step 0 and at the end. */
  everySteps: z.int().min(0).default(0),
  /** Problems of the held-out file used, from its start; null = all. */
  problems: z.int().min(1).nullable().default(null),
  /** Samples a problem at `temperature`. */
  samples: z.int().min(1).default(1),
  temperature: z.number().positive().default(1),
  /** Also evaluate greedily. */
  greedy: z.boolean().default(true),
  seed: z.int().min(0).default(1),
});

export const RunConfig = z.strictObject({
  version: z.literal(1).default(1),
  method: z.enum(['grpo', 'sft']).default('grpo'),
  model: z.string().min(1),
  adapter: AdapterConfig,
  data: z.strictObject({ train: z.string().min(1), heldOut: z.string().min(1) }),
  prompt: PromptConfig.default({ kind: 'chat', system: null, user: '{question}', date: '26 Jul 2024' }),
  grader: GraderConfig,
  seed: z.int().min(0).default(0),
  steps: z.int().min(0),
  promptsPerStep: z.int().min(1).default(64),
  samplesPerPrompt: z.int().min(1).default(4),
  temperature: z.number().positive().default(1),
  /** Accepted so that a recipe can say it; training refuses anything but 1 and 0. */
  topP: z.number().default(1),
  topK: z.int().default(0),
  maxPromptTokens: z.int().min(1).default(1024),
  maxCompletionTokens: z.int().min(1).default(1024),
  stop: z.array(z.string().min(1)).default([]),
  learningRate: z.number().positive(),
  adam: z
    .strictObject({
      beta1: z.number().default(0.9),
      beta2: z.number().default(0.999),
      epsilon: z.number().default(1e-8),
    })
    .prefault({}),
  weightDecay: z.number().min(0).default(0),
  /** 0 = off. */
  clipNorm: z.number().min(0).default(1),
  optimiserSteps: z.int().min(1).default(1),
  clipEpsilon: z.number().positive().default(0.2),
  klCoefficient: z.number().min(0).default(0),
  importanceCap: z.number().positive().default(2),
  advantage: z.enum(['group-std', 'mean-only']).default('group-std'),
  advantageEpsilon: z.number().min(0).default(1e-6),
  aggregation: z.enum(['token-mean', 'sequence-mean', 'dr-grpo']).default('token-mean'),
  rolloutWeights: z.enum(['adapter', 'merged']).default('adapter'),
  numerics: z.enum(['native', 'exact']).default('native'),
  storage: z
    .strictObject({
      precision: z.enum(['fp32', 'bf16', 'fp16']).default('fp32'),
      mode: z.enum(['rounded-after-step', 'rounded-on-use']).default('rounded-after-step'),
    })
    .prefault({}),
  evaluation: EvaluationConfig.prefault({}),
  record: z
    .strictObject({
      /**
       * Sampled tokens of a training step whose ids and log-probs are kept, by whole groups from the first on; a token
       * takes about 16 bytes. 0 = none.
       */
      tokensPerStep: z.int().min(0).default(16_384),
    })
    .prefault({}),
  engine: z
    .strictObject({
      device: z.enum(['cpu', 'gpu']).default('cpu'),
      /** 0 = all cores. */
      threads: z.int().min(0).default(0),
      workers: z.int().min(0).default(0),
      contextTokens: z.int().min(0).default(0),
      maxSequences: z.int().min(0).default(0),
      cacheType: z.enum(['f16', 'f32']).default('f16'),
      flashAttention: z.boolean().default(true),
      microBatchTokens: z.int().min(0).default(0),
    })
    .prefault({}),
});
export type RunConfig = z.infer<typeof RunConfig>;
