// Models, downloads, data sets and disk use, as clients see them. Used by the host, the library process and clients.
import { z } from 'zod';
import { RunState } from './run-state.ts';

/** A sweep that names a model or data set in one of its cells. */
export const SweepUse = z.strictObject({ sweepId: z.string(), name: z.string() });
export type SweepUse = z.infer<typeof SweepUse>;

/** Model families whose forward and backward graphs the engine has. */
export const TrainableFamily = z.enum(['llama', 'qwen2', 'qwen3']);

/** What a GGUF file's head says. Sizes are null where the file does not say them. */
export const ModelInspection = z.strictObject({
  name: z.string(),
  architecture: z.string(),
  parameterCount: z.int(),
  /** Weight type of most tensors, e.g. Q4_K. */
  weightType: z.string(),
  layerCount: z.int(),
  contextTokens: z.int().nullable(),
  embeddingSize: z.int().nullable(),
  feedForwardSize: z.int().nullable(),
  headCount: z.int().nullable(),
  keyValueHeadCount: z.int().nullable(),
  headSize: z.int().nullable(),
  vocabularySize: z.int().nullable(),
  hasTokenizer: z.boolean(),
  hasChatTemplate: z.boolean(),
  /** Null: it can be trained; else why not, and what to do about it. */
  trainingRefusal: z.string().nullable(),
  /** Estimate of llama.cpp's need for weights and a chat of 4,096 tokens (or the model's context); null: unknown. */
  chatMemoryBytes: z.number().nullable(),
  /** Estimate for TinyLoRA with the default batch; null: unknown. */
  trainingMemoryBytes: z.number().nullable(),
  warnings: z.array(z.string()),
});
export type ModelInspection = z.infer<typeof ModelInspection>;

/** Whether a device's memory holds the training estimate. */
export const MemoryFit = z.strictObject({
  device: z.string(),
  memoryBytes: z.number(),
  /** Bytes missing for training; 0 where it fits; null where the estimate is unknown. */
  shortByBytes: z.number().nullable(),
});
export type MemoryFit = z.infer<typeof MemoryFit>;

export const ModelEntry = z.strictObject({
  /** Short and stable for a path: fit for an address. */
  id: z.string(),
  /** What `model` of a recipe takes: `builtin:…`, `models:…` or an absolute path. */
  reference: z.string(),
  source: z.enum(['built-in', 'models-folder', 'added']),
  fileName: z.string(),
  path: z.string(),
  /** Null where the file is gone. */
  sizeBytes: z.number().nullable(),
  /** SHA-256 in hex; null while it is being computed or where the file is gone. */
  sha256: z.string().nullable(),
  /** Null while it is being inspected, or where that failed. */
  inspection: ModelInspection.nullable(),
  /** Why it cannot be inspected; null where it can. */
  failure: z.string().nullable(),
  fits: z.array(MemoryFit),
  usedBy: z.array(SweepUse),
});
export type ModelEntry = z.infer<typeof ModelEntry>;

/** A model offered for download. */
export const StarterModel = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** Where it comes from, in words. */
  source: z.string(),
  licence: z.string(),
  address: z.string(),
  fileName: z.string(),
  /** The model in this data folder that has its name; null where there is none. */
  modelId: z.string().nullable(),
});
export type StarterModel = z.infer<typeof StarterModel>;

export const DownloadState = z.enum(['running', 'verifying', 'paused', 'failed', 'done']);
export type DownloadState = z.infer<typeof DownloadState>;
/** `connection`, `storage`: can be resumed. `checksum`, `content`, `address`: begins again. */
export const DownloadFailureCode = z.enum(['connection', 'storage', 'checksum', 'content', 'address', 'internal']);
export type DownloadFailureCode = z.infer<typeof DownloadFailureCode>;

export const Download = z.strictObject({
  id: z.string(),
  /** `hf:USER/MODEL/FILE.gguf`, or an http(s) address of a .gguf file. */
  address: z.string(),
  /** Null until the hub has said it. */
  fileName: z.string().nullable(),
  state: DownloadState,
  totalBytes: z.number().nullable(),
  receivedBytes: z.number(),
  bytesPerSecond: z.number().nullable(),
  remainingMs: z.number().nullable(),
  /** Connections that broke and were tried again, since it was last started by hand. */
  retries: z.int(),
  failure: z.strictObject({ code: DownloadFailureCode, message: z.string() }).nullable(),
  /** SHA-256 in hex that the file must have, and who said so. */
  expectedSha256: z.string().nullable(),
  checksumSource: z.enum(['given', 'hub']).nullable(),
  /** What the file has; null until it is whole. */
  sha256: z.string().nullable(),
  createdAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  /** The model that it became. */
  modelId: z.string().nullable(),
});
export type Download = z.infer<typeof Download>;

export const DataSetEntry = z.strictObject({
  id: z.string(),
  /** What `data.train` of a recipe takes: `task:NAME/SPLIT` or an absolute path. */
  reference: z.string(),
  source: z.enum(['built-in', 'added']),
  name: z.string(),
  description: z.string(),
  /** Name of the built-in task; null for files. */
  task: z.string().nullable(),
  split: z.string().nullable(),
  /** Null for a built-in one that was not needed yet. */
  path: z.string().nullable(),
  sizeBytes: z.number().nullable(),
  rowCount: z.int().nullable(),
  failure: z.string().nullable(),
  usedBy: z.array(SweepUse),
});
export type DataSetEntry = z.infer<typeof DataSetEntry>;

const Turn = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

/** A line of a data file. What training would refuse is said in `problem`, and shown as far as it can be read. */
export const DataRowView = z.strictObject({
  /** One-based. */
  line: z.int(),
  question: z.string().nullable(),
  messages: z.array(Turn).nullable(),
  answer: z.string().nullable(),
  solution: z.string().nullable(),
  cluster: z.string().nullable(),
  problem: z.strictObject({ kind: z.string(), message: z.string() }).nullable(),
});
export type DataRowView = z.infer<typeof DataRowView>;

export const LengthHistogram = z.strictObject({
  unit: z.enum(['tokens', 'characters']),
  /** Why characters were counted and not tokens; null where tokens were. */
  reason: z.string().nullable(),
  rows: z.int(),
  /** Rows that cannot be read and are not counted. */
  skippedRows: z.int(),
  minimum: z.number().nullable(),
  median: z.number().nullable(),
  p95: z.number().nullable(),
  maximum: z.number().nullable(),
  /** `from` ≤ length < `to`. */
  bins: z.array(z.strictObject({ from: z.number(), to: z.number(), count: z.int() })),
});
export type LengthHistogram = z.infer<typeof LengthHistogram>;

export const AnswerCheck = z.strictObject({
  rows: z.int(),
  problems: z.array(
    z.strictObject({
      kind: z.enum(['no-answer', 'no-question', 'not-json', 'wrong-shape', 'ungradable']),
      count: z.int(),
      /** The first of them. */
      lines: z.array(z.int()),
      /** E.g. "3 of 7,473 rows have no answer: lines 12, 90, 4410". */
      message: z.string(),
    }),
  ),
});
export type AnswerCheck = z.infer<typeof AnswerCheck>;

export const PromptPreview = z.strictObject({
  text: z.string(),
  tokenCount: z.int(),
  tokens: z.array(
    z.strictObject({
      id: z.int(),
      /** Text of the token; bytes that are no whole character are shown as \xNN. */
      text: z.string(),
      special: z.boolean(),
    }),
  ),
  /** E.g. that a model without a chat template got a plain prompt. */
  notes: z.array(z.string()),
});
export type PromptPreview = z.infer<typeof PromptPreview>;

/** What a run takes on disk. */
export const RunDiskUse = z.strictObject({
  runId: z.string(),
  label: z.string(),
  seed: z.int(),
  state: RunState,
  checkpointBytes: z.number(),
  /** The checkpoint before the last. */
  previousCheckpointBytes: z.number(),
  /** Completions in the run's folder. */
  completionFileBytes: z.number(),
  metricFileBytes: z.number(),
  logBytes: z.number(),
  totalBytes: z.number(),
});
export type RunDiskUse = z.infer<typeof RunDiskUse>;

export const PruneKind = z.enum(['completions', 'previous-checkpoints', 'caches', 'logs', 'old-backups']);
export type PruneKind = z.infer<typeof PruneKind>;

export const DiskUse = z.strictObject({
  dataFolder: z.string(),
  freeBytes: z.number(),
  totalBytes: z.number(),
  parts: z.array(
    z.strictObject({
      kind: z.enum(['runs', 'models', 'database', 'caches', 'logs', 'tasks', 'backups']),
      sizeBytes: z.number(),
    }),
  ),
  /** Largest first. */
  runs: z.array(RunDiskUse),
  prunable: z.array(z.strictObject({ kind: PruneKind, sizeBytes: z.number() })),
});
export type DiskUse = z.infer<typeof DiskUse>;

export const DiskEstimate = z.strictObject({
  /** Null: unknown. */
  sizeBytes: z.number().nullable(),
  freeBytes: z.number(),
  /** How many runs of the same shape it follows from; 0: from the configuration alone. */
  likeRuns: z.int(),
});
export type DiskEstimate = z.infer<typeof DiskEstimate>;
