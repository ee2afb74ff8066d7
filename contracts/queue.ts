// The queue as clients see it: what runs, what waits and in which order, why it stands still. Used by host and clients.
import { z } from 'zod';
import { RunSummary } from './run-state.ts';

/**
 * Why nothing new is started. `after-current`: the user wants the run under way to be the last. `all`: the user paused
 * everything. `failure`: a run failed while `continueAfterFailure` was off. `low-disk`: too little room to go on; ends when
 * there is room again.
 */
export const QueueHoldReason = z.enum(['after-current', 'all', 'failure', 'low-disk']);
export type QueueHoldReason = z.infer<typeof QueueHoldReason>;

export const QueueHold = z.strictObject({
  reason: QueueHoldReason,
  sinceMs: z.number(),
  /** The run that may still come to its end, that was paused with the queue, or that failed. */
  runId: z.string().nullable(),
});
export type QueueHold = z.infer<typeof QueueHold>;

export const QueueStatus = z.strictObject({
  hold: QueueHold.nullable(),
  /** Off: the queue stops at a run that fails. */
  continueAfterFailure: z.boolean(),
  /** Why the data folder can no longer be written; the queue then stands until the host starts again. */
  storageFailure: z.string().nullable(),
});
export type QueueStatus = z.infer<typeof QueueStatus>;

/** Where a duration comes from: this run's last steps, runs of the same shape that finished, or a measured pilot. */
export const EstimateBasis = z.enum(['own-steps', 'like-runs', 'pilot']);
export type EstimateBasis = z.infer<typeof EstimateBasis>;

export const DurationEstimate = z.strictObject({
  durationMs: z.number(),
  basis: EstimateBasis,
  /** Runs that it rests on. */
  runs: z.int(),
});
export type DurationEstimate = z.infer<typeof DurationEstimate>;

export const SweepName = z.strictObject({ id: z.string(), number: z.int(), name: z.string() });
export type SweepName = z.infer<typeof SweepName>;

export const QueueEntry = z.strictObject({
  run: RunSummary,
  /** Sweeps that have this cell, newest first. */
  sweeps: z.array(SweepName),
  /** Of what is left of it; null: nobody knows yet. */
  estimate: DurationEstimate.nullable(),
  /** Asked for, and true once the step under way is over. */
  pending: z.enum(['pausing', 'cancelling']).nullable(),
});
export type QueueEntry = z.infer<typeof QueueEntry>;

export const Queue = z.strictObject({
  status: QueueStatus,
  running: z.array(QueueEntry),
  /** In the order in which they will run, as many as were asked for. */
  waiting: z.array(QueueEntry),
  waitingCount: z.int(),
  /** Failed runs that nobody has acknowledged, newest first. */
  failures: z.array(QueueEntry),
  /** Until all is done, over the runs whose duration is known; null where none is. */
  remainingMs: z.number().nullable(),
  /** Runs whose duration nobody knows yet: `remainingMs` leaves them out. */
  withoutEstimate: z.int(),
});
export type Queue = z.infer<typeof Queue>;
