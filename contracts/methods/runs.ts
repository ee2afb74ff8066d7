// Methods that show and steer runs. Used by the host and its clients.
import { z } from 'zod';
import { RunOverview } from '../run-overview.ts';
import { RunDetail, RunSummary } from '../run-state.ts';

const runId = z.strictObject({ id: z.string().min(1) });

export const RUN_METHODS = {
  listRuns: { params: z.strictObject({}), result: z.array(RunSummary) },
  showRun: {
    params: z.strictObject({ id: z.string().min(1), completions: z.int().min(0).max(1000) }),
    result: RunDetail,
  },
  /** What the run's screen shows beside curves and completions, which are asked for by window. */
  openRun: { params: runId, result: RunOverview },
  /** After the step that is running; its checkpoint is on disk. */
  pauseRun: { params: runId, result: RunSummary },
  cancelRun: { params: runId, result: RunSummary },
  /** Queues a paused, failed or cancelled run again; it goes on from its last checkpoint. */
  resumeRun: { params: runId, result: RunSummary },
} as const;
