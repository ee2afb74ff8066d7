// What a sweep will cost before it runs: measured by pilots of two steps, or estimated from like runs. Used by host and
// clients.
import { z } from 'zod';

/** `measured`: a pilot of this very shape. `scaled`: a pilot of a like shape, by the work of a step. */
export const PreflightBasis = z.enum(['measured', 'scaled', 'like-runs', 'unknown']);
export type PreflightBasis = z.infer<typeof PreflightBasis>;

/** What cells of one shape cost: same model, method, kind of adapter and size of a step. */
export const PreflightShape = z.strictObject({
  /** The dearest cell of the shape, which the pilot ran. */
  label: z.string(),
  cells: z.int(),
  basis: PreflightBasis,
  /** When the pilot ran; null where none did. */
  measuredAtMs: z.number().nullable(),
  /** Finished runs behind an estimate. */
  likeRuns: z.int(),
  stepMs: z.number().nullable(),
  /** Of one whole run: loading, evaluations and steps. */
  runMs: z.number().nullable(),
  peakMemoryBytes: z.number().nullable(),
  diskBytes: z.number().nullable(),
  /** Why there is no number, or why the pilot failed. */
  problem: z.string().nullable(),
});
export type PreflightShape = z.infer<typeof PreflightShape>;

/** A limit that a planned sweep exceeds. Never forbids anything. */
export const PreflightWarning = z.strictObject({
  kind: z.enum(['memory', 'disk', 'directions', 'pilot']),
  /** E.g. `Needs 26.4 of 24 GiB.` */
  message: z.string(),
  /** E.g. `Sample 256 sequences side by side instead of 512.` */
  remedy: z.string(),
  /** Settings that would mend it, dotted path → value; null where only the user can. */
  changes: z.record(z.string(), z.unknown()).nullable(),
});
export type PreflightWarning = z.infer<typeof PreflightWarning>;

export const Preflight = z.strictObject({
  /** Cells that would run: missing or to be queued again. */
  cells: z.int(),
  basis: PreflightBasis,
  /** When the oldest pilot behind it ran; null where none did. */
  measuredAtMs: z.number().nullable(),
  /** Computing time of all cells; null where a shape's is unknown. */
  durationMs: z.number().nullable(),
  /** What the queue still has before it. */
  queuedBeforeMs: z.number().nullable(),
  /** When the last cell would end, with what the queue has before it; null where unknown. */
  finishAtMs: z.number().nullable(),
  peakMemoryBytes: z.number().nullable(),
  /** Of the device that the cells use; null where it does not say. */
  deviceMemoryBytes: z.number().nullable(),
  device: z.enum(['cpu', 'gpu']),
  diskBytes: z.number().nullable(),
  freeDiskBytes: z.number().nullable(),
  shapes: z.array(PreflightShape),
  warnings: z.array(PreflightWarning),
  /** Why nothing was measured though it was asked for, e.g. because a run holds the device; else null. */
  notMeasured: z.string().nullable(),
});
export type Preflight = z.infer<typeof Preflight>;

export const PreflightProgress = z.strictObject({
  /** As the client named it. */
  id: z.string(),
  /** Pilots done, of how many. */
  done: z.int(),
  total: z.int(),
  label: z.string(),
  phase: z.string(),
});
export type PreflightProgress = z.infer<typeof PreflightProgress>;
