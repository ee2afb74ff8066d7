// Methods about models, downloads, data sets and disk. Used by the host and its clients.
import { z } from 'zod';
import {
  AnswerCheck,
  DataRowView,
  DataSetEntry,
  DiskEstimate,
  DiskUse,
  Download,
  LengthHistogram,
  ModelEntry,
  PromptPreview,
  PruneKind,
  StarterModel,
} from '../library.ts';
import { GraderConfig, PromptConfig, RunConfig } from '../run-config.ts';

const id = z.strictObject({ id: z.string().min(1) });
const none = z.strictObject({});
const sha256 = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');

export const LIBRARY_METHODS = {
  /** Built-in, in the data folder's models, and added by path. What is not inspected yet follows by `libraryChanged`. */
  listModels: { params: none, result: z.array(ModelEntry) },
  /** Linked, not copied; a .gguf file's absolute path. */
  addModel: { params: z.strictObject({ path: z.string().min(1) }), result: ModelEntry },
  /** Forgets a link; a file of the data folder's models is deleted only with `deleteFile`. Built-in ones stay. */
  removeModel: {
    params: id.extend({ deleteFile: z.boolean().default(false) }),
    result: z.strictObject({ freedBytes: z.number() }),
  },
  listStarterModels: { params: none, result: z.array(StarterModel) },

  /** Newest first. */
  listDownloads: { params: none, result: z.array(Download) },
  addDownload: {
    params: z.strictObject({ address: z.string().min(1), sha256: sha256.nullable().default(null) }),
    result: Download,
  },
  /** Bytes stay. */
  pauseDownload: { params: id, result: Download },
  /** Goes on where it stopped, or begins again where its bytes were wrong. */
  resumeDownload: { params: id, result: Download },
  /** Removes the row and the bytes that a download has not finished; a finished one's model stays. */
  removeDownload: { params: id, result: z.strictObject({ freedBytes: z.number() }) },

  listDataSets: { params: none, result: z.array(DataSetEntry) },
  /** Linked, not copied; a .jsonl file's absolute path. */
  addDataSet: { params: z.strictObject({ path: z.string().min(1) }), result: DataSetEntry },
  removeDataSet: { params: id, result: none },
  dataSetRows: {
    params: id.extend({ offset: z.int().min(0).default(0), limit: z.int().min(1).max(500).default(50) }),
    result: z.strictObject({ total: z.int(), rows: z.array(DataRowView) }),
  },
  /** In tokens of `model` (a reference), with the prompt's template; else in characters of the questions. */
  dataSetLengths: {
    params: id.extend({
      model: z.string().min(1).nullable().default(null),
      prompt: PromptConfig.nullable().default(null),
    }),
    result: LengthHistogram,
  },
  checkDataSet: { params: id.extend({ grader: GraderConfig }), result: AnswerCheck },
  /** A line of the data set as the model sees it. */
  previewPrompt: {
    params: id.extend({ line: z.int().min(1).default(1), model: z.string().min(1), prompt: PromptConfig }),
    result: PromptPreview,
  },

  diskUse: { params: none, result: DiskUse },
  /** `runs` null: all that have ended. Running and queued runs are never touched. */
  pruneDisk: {
    params: z.strictObject({
      kinds: z.array(PruneKind).min(1),
      runs: z.array(z.string()).nullable().default(null),
      /** Completions of evaluations stay in the store. */
      keepEvaluations: z.boolean().default(true),
    }),
    result: z.strictObject({
      freedBytes: z.number(),
      removedCompletions: z.int(),
      removedFiles: z.int(),
      /** What was left alone, and why. */
      skipped: z.array(z.string()),
    }),
  },
  /** What these cells will take on disk; a cell's `steps` and batch decide. */
  estimateDisk: { params: z.strictObject({ cells: z.array(RunConfig).min(1).max(5000) }), result: DiskEstimate },
} as const;

export const LIBRARY_EVENTS = [
  /** Ask again for what this part shows. */
  z.strictObject({ type: z.literal('libraryChanged'), part: z.enum(['models', 'data', 'downloads', 'disk']) }),
  z.strictObject({ type: z.literal('downloadChanged'), download: Download }),
] as const;
