// What the CLI and a tool process say to each other over the child process' channel: one request, then progress and warnings,
// then one result or one error. The tool parses the request; the results' types are shared.
import { z } from 'zod';
import { AdapterConfig, EvaluationConfig, GraderConfig, PromptConfig, RunConfig } from './run-config.ts';
import type { EvaluationResult } from './engine-protocol.ts';
import type { PromptPreview } from './library.ts';

/** How a model is opened. Paths are absolute. */
const session = z.strictObject({
  modelPath: z.string(),
  /** Model hashes and bases. */
  cacheFolder: z.string(),
  device: z.enum(['cpu', 'gpu']).default('cpu'),
  /** 0 = all cores. */
  threads: z.int().min(0).default(0),
  numerics: z.enum(['native', 'exact']).default('native'),
});
export type ToolSession = z.infer<typeof session>;

/** `none`, `full`, a `tinylora1:` line, the absolute path of an adapter file or PEFT folder; or a run, as the host knows it. */
const adapter = z.union([
  z.string().min(1),
  z.strictObject({ runId: z.string(), runFolder: z.string(), modelHash: z.string(), config: RunConfig }),
]);
export type AdapterArgument = z.infer<typeof adapter>;

const turn = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

/** Weight types that a model can be converted to. */
export const ConvertedType = z.enum(['f32', 'f16', 'bf16', 'q8_0']);
export type ConvertedType = z.infer<typeof ConvertedType>;

export const ToolRequest = z.discriminatedUnion('tool', [
  z.strictObject({ tool: z.literal('doctor'), args: z.strictObject({}) }),
  /** A little of a run's work, to see that the device can do it. Where it cannot, ggml may end the process. */
  z.strictObject({ tool: z.literal('probe'), args: z.strictObject({ session }) }),
  z.strictObject({
    tool: z.literal('inspect'),
    args: z.strictObject({ session, adapter: AdapterConfig, map: z.boolean().default(false) }),
  }),
  z.strictObject({
    tool: z.literal('score'),
    args: z.strictObject({
      session,
      adapter: adapter.default('none'),
      inputPath: z.string(),
      temperature: z.number().positive().default(1),
    }),
  }),
  z.strictObject({
    tool: z.literal('grad'),
    args: z.strictObject({
      session,
      adapter,
      inputPath: z.string(),
      temperature: z.number().positive().default(1),
      check: z.boolean().default(false),
      /** Safetensors file for the gradient; required for `full`. */
      outPath: z.string().optional(),
    }),
  }),
  z.strictObject({ tool: z.literal('step'), args: z.strictObject({ session, adapter, inputPath: z.string() }) }),
  z.strictObject({
    tool: z.literal('eval'),
    args: z.strictObject({
      session,
      adapter: adapter.default('none'),
      dataPath: z.string(),
      grader: GraderConfig,
      /** A chat prompt without system turn becomes a plain one where the model has no chat template. */
      prompt: PromptConfig,
      evaluation: EvaluationConfig,
      /** False: greedy alone. */
      sampled: z.boolean().default(true),
      topP: z.number().positive().max(1).default(1),
      topK: z.int().min(0).default(0),
      /** Null: 1,024, or half of the model's context where that is less. */
      maxCompletionTokens: z.int().min(1).nullable().default(null),
      stop: z.array(z.string().min(1)).default([]),
      engine: RunConfig.shape.engine,
    }),
  }),
  z.strictObject({
    tool: z.literal('convert'),
    args: z.strictObject({ session, type: ConvertedType, outPath: z.string() }),
  }),
  z.strictObject({
    tool: z.literal('grade'),
    args: z.strictObject({
      grader: GraderConfig,
      rows: z.array(z.strictObject({ pred: z.string(), gold: z.string() })),
    }),
  }),
  /** A problem's prompt as the model sees it. */
  z.strictObject({
    tool: z.literal('prompt'),
    args: z.strictObject({
      session,
      prompt: PromptConfig,
      problem: z.strictObject({ question: z.string().nullable(), messages: z.array(turn).nullable() }),
    }),
  }),
  /** Tokens of each prompt of a data file; rows that training would refuse are counted and left out. */
  z.strictObject({
    tool: z.literal('lengths'),
    args: z.strictObject({ session, prompt: PromptConfig, dataPath: z.string() }),
  }),
  /** What a `tinylora1:` line says of itself. */
  z.strictObject({ tool: z.literal('adapter-identify'), args: z.strictObject({ text: z.string().min(1) }) }),
  z.strictObject({
    tool: z.literal('adapter-import'),
    args: z.strictObject({ session, checkpointPath: z.string(), outPath: z.string() }),
  }),
  z.strictObject({
    tool: z.literal('adapter-export'),
    args: z.strictObject({
      cacheFolder: z.string(),
      adapter,
      /** Needed where the adapter is a text line or a PEFT folder. */
      modelPath: z.string().nullable().default(null),
      format: z.enum(['tinylora', 'text', 'peft', 'gguf']),
      /** A folder for peft. Null: a text line is only returned. */
      outPath: z.string().nullable().default(null),
    }),
  }),
]);
export type ToolRequest = z.infer<typeof ToolRequest>;
export type ToolName = ToolRequest['tool'];
export type ToolArgs<Name extends ToolName> = Extract<ToolRequest, { tool: Name }>['args'];
/** As the CLI sends it, before defaults are filled in. */
export type ToolInput<Name extends ToolName> = Extract<z.input<typeof ToolRequest>, { tool: Name }>['args'];

export interface ScoreLine {
  /** Nats; index 0 has no prediction. */
  logprobs: (number | null)[];
  entropy: (number | null)[];
}
export interface GradLine {
  loss: number;
  logprobs: (number | null)[];
  /** In the order of `params`, each row-major. Absent where the gradient went to a file. */
  grad?: number[];
  /** The tensors that make up `grad`, and their shapes. */
  params: string[];
  shapes: number[][];
}
/** Central finite differences, extrapolated to step 0, against the gradient of the summed loss. */
export interface GradCheck {
  /** Every coordinate, or the first 64 of a seeded choice. */
  coordinates: { checked: number; worstError: number; worstParameter: string };
  /** Directional derivatives along seeded random directions; null where every coordinate was checked. */
  directions: { checked: number; worstError: number } | null;
}
export interface InspectResult {
  path: string;
  hash: string;
  name: string;
  family: string;
  parameterCount: number;
  layerCount: number;
  embeddingSize: number;
  feedForwardSize: number;
  headCount: number;
  keyValueHeadCount: number;
  headSize: number;
  vocabularySize: number;
  trainedContextTokens: number;
  tiedEmbeddings: boolean;
  hasTokenizer: boolean;
  hasChatTemplate: boolean;
  backend: string;
  modules: { type: string; count: number; shapes: string[]; weightTypes: string[] }[];
  adapter: {
    config: AdapterConfig;
    trainableNumbers: number;
    groupCount: number;
    basesFingerprint: string;
    groups: { module: string; group: number }[] | null;
    nearlyEqualSingularValues: { module: string; index: number; ratio: number }[];
  } | null;
}
export interface DoctorResult {
  versions: { ggml: string; llama: string; addon: string } | null;
  addonError: string | null;
  devices: { name: string; description: string; kind: string; memoryTotalBytes: number; memoryFreeBytes: number }[];
  backends: {
    name: 'CPU' | 'CUDA' | 'Vulkan' | 'Metal';
    /** Null where the library is not installed. */
    file: string | null;
    loads: boolean;
    /** Why not, and what to do about it; null where it loads. */
    reason: string | null;
    remedy: string | null;
  }[];
  /** Whether our own kernels for a GPU were built. */
  hasOwnKernels: boolean;
}

export interface ToolResults {
  doctor: DoctorResult;
  probe: { backend: string; durationMs: number };
  inspect: InspectResult;
  score: { lines: ScoreLine[] };
  grad: { lines: GradLine[]; check: GradCheck | null };
  /** Shaped as `expected` of the step file. */
  step: unknown;
  eval: { evaluations: EvaluationResult[] };
  convert: { outPath: string; sizeBytes: number };
  grade: { equal: boolean[] };
  prompt: PromptPreview;
  lengths: { lengths: number[]; skippedRows: number };
  'adapter-identify': { config: AdapterConfig; trainableNumbers: number; modelHash: string };
  'adapter-import': { outPath: string; kind: string; trainableNumbers: number };
  'adapter-export': { outPath: string | null; format: string; text: string | null; note: string };
}

export type ToolErrorCode = 'BAD_INPUT' | 'CANCELLED' | 'OUT_OF_MEMORY' | 'INTERNAL';
export type ToolMessage =
  | { type: 'progress'; phase: string; done: number; total: number }
  | { type: 'warning'; message: string }
  | { type: 'result'; value: unknown }
  | { type: 'error'; error: { code: ToolErrorCode; message: string } };
