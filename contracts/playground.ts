// The playground's chat: what host and playground process say to each other, and what clients see. Parsed by the receiving side.
import { z } from 'zod';
import { AdapterConfig, GraderConfig, PromptConfig, RunConfig } from './run-config.ts';

export const PlaygroundSideName = z.enum(['a', 'b']);
export type PlaygroundSideName = z.infer<typeof PlaygroundSideName>;

export const ChatTurn = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
export type ChatTurn = z.infer<typeof ChatTurn>;

/** The base model, what a run has trained so far, or a pasted `tinylora1:` line. */
export const PlaygroundAdapter = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('run'), id: z.string().min(1) }),
  z.strictObject({ kind: z.literal('text'), text: z.string().min(1) }),
]);
export type PlaygroundAdapter = z.infer<typeof PlaygroundAdapter>;

/** Turns of a chat, or a problem with its question or its own turns. */
export const PlaygroundPrompt = z.strictObject({
  template: PromptConfig,
  messages: z.array(ChatTurn).min(1),
});
export type PlaygroundPrompt = z.infer<typeof PlaygroundPrompt>;

export const PlaygroundSampling = z.strictObject({
  seed: z.int().min(0).max(0xffffffff).default(7),
  /** 0 = greedy. */
  temperature: z.number().min(0).max(10).default(0),
  topP: z.number().positive().max(1).default(1),
  topK: z.int().min(0).default(0),
  maxTokens: z.int().min(1).max(32_768).default(256),
  stop: z.array(z.string().min(1)).default([]),
});
export type PlaygroundSampling = z.infer<typeof PlaygroundSampling>;

/** Graded where the right answer is known. */
export const PlaygroundGrading = z.strictObject({ grader: GraderConfig, answer: z.string() });

export const PlaygroundToken = z.strictObject({ id: z.int(), text: z.string(), logprob: z.number() });
export type PlaygroundToken = z.infer<typeof PlaygroundToken>;

export const PlaygroundAnswer = z.strictObject({
  side: PlaygroundSideName,
  text: z.string(),
  promptTokenCount: z.int(),
  tokenCount: z.int(),
  finishReason: z.enum(['end', 'stop', 'length', 'cancelled']),
  durationMs: z.number(),
  /** Null where nothing was graded. */
  grade: z.strictObject({ correct: z.boolean(), extracted: z.string().nullable() }).nullable(),
  warnings: z.array(z.string()),
});
export type PlaygroundAnswer = z.infer<typeof PlaygroundAnswer>;

export const PlaygroundState = z.strictObject({
  /** `stopped`: the process ended by itself; restart it. */
  state: z.enum(['closed', 'ready', 'generating', 'stopped']),
  model: z.string().nullable(),
  device: z.enum(['cpu', 'gpu']).nullable(),
  pid: z.int().nullable(),
  /** Why it stopped, with ggml's last words; null otherwise. */
  failure: z.string().nullable(),
  /** The run that trains on the GPU now; null where the GPU is free. */
  gpuHeldBy: z.string().nullable(),
  /** Last speed seen with this model on the CPU; null: not known yet. */
  cpuTokensPerSecond: z.number().nullable(),
});
export type PlaygroundState = z.infer<typeof PlaygroundState>;

export const HeldOutProblem = z.strictObject({
  dataSetId: z.string(),
  line: z.int(),
  total: z.int(),
  messages: z.array(ChatTurn),
  answer: z.string(),
  template: PromptConfig,
  grader: GraderConfig,
  maxTokens: z.int(),
  stop: z.array(z.string()),
});
export type HeldOutProblem = z.infer<typeof HeldOutProblem>;

/** An adapter as its process takes it. */
const processAdapter = z.union([
  z.string().min(1),
  z.strictObject({ runId: z.string(), runFolder: z.string(), modelHash: z.string(), config: RunConfig }),
]);

export const PlaygroundCommand = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('generate'),
    requestId: z.int(),
    modelPath: z.string(),
    cacheFolder: z.string(),
    device: z.enum(['cpu', 'gpu']),
    sides: z
      .array(z.strictObject({ side: PlaygroundSideName, adapter: processAdapter }))
      .min(1)
      .max(2),
    prompt: PlaygroundPrompt,
    sampling: PlaygroundSampling,
    grading: PlaygroundGrading.nullable(),
  }),
  z.strictObject({ type: z.literal('stop') }),
]);
export type PlaygroundCommand = z.infer<typeof PlaygroundCommand>;
export type GenerateCommand = Extract<PlaygroundCommand, { type: 'generate' }>;

export const PlaygroundMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('tokens'),
    requestId: z.int(),
    side: PlaygroundSideName,
    /** What these tokens add to the text; a character may wait for its last byte. */
    text: z.string(),
    tokens: z.array(PlaygroundToken),
  }),
  z.strictObject({ type: z.literal('answers'), requestId: z.int(), answers: z.array(PlaygroundAnswer) }),
  z.strictObject({
    type: z.literal('failed'),
    requestId: z.int(),
    code: z.enum(['BAD_INPUT', 'CANCELLED', 'OUT_OF_MEMORY', 'INTERNAL']),
    message: z.string(),
  }),
]);
export type PlaygroundMessage = z.infer<typeof PlaygroundMessage>;

/** What a pasted line is, and whether it can be tried here. */
export const AdapterIdentity = z.strictObject({
  config: AdapterConfig,
  trainableNumbers: z.int(),
  sizeBytes: z.int(),
  modelHash: z.string(),
  /** The model here that it belongs to; null where there is none. */
  modelId: z.string().nullable(),
  modelReference: z.string().nullable(),
  /** What to do where the model is not here. */
  remedy: z.string().nullable(),
});
export type AdapterIdentity = z.infer<typeof AdapterIdentity>;
