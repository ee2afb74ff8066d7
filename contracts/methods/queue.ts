// Methods that show and steer the queue. Used by the host and its clients. A run is named by its id, enough of the start
// of it, or its short name such as r128.
import { z } from 'zod';
import { Queue, QueueStatus } from '../queue.ts';
import { RunConfig } from '../run-config.ts';
import { RunSummary } from '../run-state.ts';

const runReference = z.string().min(1);
const runReferences = z.strictObject({ ids: z.array(runReference).min(1).max(5000) });
const nothing = z.strictObject({});

/** A run that was queued, and whether it is a new one or a cell that the data folder had already. */
const queuedRun = z.strictObject({ run: RunSummary, isNew: z.boolean() });

export const QUEUE_METHODS = {
  listQueue: { params: z.strictObject({ limit: z.int().min(0).max(5000).default(200) }), result: Queue },
  /**
   * Puts waiting runs, in the order given, at a place counted from 0: 0 is the top. Places beyond the end mean the end.
   * Undone by moving them back. CONFLICT where one of them does not wait.
   */
  moveInQueue: {
    params: runReferences.extend({ position: z.int().min(0) }),
    result: z.strictObject({ position: z.int(), waitingCount: z.int() }),
  },
  /** Nothing new starts once the run under way has ended. Survives a restart. */
  pauseAfterCurrent: { params: nothing, result: QueueStatus },
  /** Pauses the run under way, after its step, and starts nothing new. */
  pauseAll: { params: nothing, result: QueueStatus },
  /** Goes on; what `pauseAll` paused goes on first. */
  resumeQueue: { params: nothing, result: QueueStatus },
  setContinueAfterFailure: { params: z.strictObject({ enabled: z.boolean() }), result: QueueStatus },
  /** Queues paused, failed and cancelled runs again, from their last checkpoints; others are left alone. */
  retryRuns: { params: runReferences, result: z.array(RunSummary) },
  /**
   * A new cell, in the sweeps of the run, with settings replaced: dotted path → value, e.g. `{learningRate: 0.01}`.
   * Starts from the beginning. BAD_INPUT, naming the setting, where the result is no configuration.
   */
  retryWithChanges: {
    params: z.strictObject({ id: runReference, changes: z.record(z.string().min(1), z.unknown()) }),
    result: queuedRun,
  },
  /**
   * Replaces the whole configuration of a run that waits and has never started; it keeps its place and its short name
   * (r128) and gets another id. CONFLICT once it has started. Undone by giving it the configuration it had.
   */
  editQueuedRun: { params: z.strictObject({ id: runReference, config: RunConfig }), result: queuedRun },
  /** Brings cancelled runs back to where they were: in the queue, or paused. */
  undoCancel: { params: runReferences, result: z.array(RunSummary) },
  /** Takes runs that `retryRuns` or `runSweep` queued again, and that have not started yet, back to what they were. */
  undoRetry: { params: runReferences, result: z.array(RunSummary) },
  /** The user has seen that these failed. */
  acknowledgeFailures: { params: runReferences, result: z.strictObject({ acknowledged: z.int() }) },
} as const;
