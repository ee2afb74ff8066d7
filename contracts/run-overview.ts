// One run as its own screen shows it, without points and completions. Used by the host and its clients.
import { z } from 'zod';
import { EvaluationResult } from './engine-protocol.ts';
import { QueueEntry, SweepName } from './queue.ts';
import { RunDetail } from './run-state.ts';
import { IntervalOf } from './run-table.ts';

/** An evaluation without its problems, and how sure its accuracy is. */
export const EvaluationOverview = EvaluationResult.omit({ perProblem: true, clusters: true }).extend({
  /** Of `accuracy`, 95 %. */
  interval: IntervalOf,
});
export type EvaluationOverview = z.infer<typeof EvaluationOverview>;

export const RunOverview = RunDetail.omit({ metrics: true, completions: true, evaluations: true }).extend({
  evaluations: z.array(EvaluationOverview),
  /** Sweeps that have this cell, newest first, with the recipe to run them again. */
  sweeps: z.array(SweepName.extend({ recipePath: z.string() })),
  /** See QueueEntry. */
  pending: QueueEntry.shape.pending,
  /** Null where the cell was planned before it was kept. */
  provenance: z.strictObject({ codeVersion: z.string(), trainHash: z.string(), heldOutHash: z.string() }).nullable(),
  /** The last step whose checkpoint is on disk, to go on from; 0 where there is none. */
  safeStep: z.int(),
});
export type RunOverview = z.infer<typeof RunOverview>;
