// A sweep's plan before it runs and its results after: what tables and the Pareto front are drawn from.
import { z } from 'zod';
import { EvaluationResult } from './engine-protocol.ts';
import { CellRole } from './recipe.ts';
import { RunConfig } from './run-config.ts';
import { RunFailure, RunState } from './run-state.ts';

/** Evaluations of one step; null where that mode was not evaluated (yet). */
export const EvaluationPair = z.strictObject({
  sampled: EvaluationResult.nullable(),
  greedy: EvaluationResult.nullable(),
});
export type EvaluationPair = z.infer<typeof EvaluationPair>;

export const SweepReportCell = z.strictObject({
  cellKey: z.string(),
  runId: z.string(),
  label: z.string(),
  role: CellRole,
  config: RunConfig,
  seed: z.int(),
  /** Numbers trained: 0 for the untrained baseline; null where nobody knows it yet. */
  parameterCount: z.int().nullable(),
  status: RunState,
  lastStep: z.int(),
  failure: RunFailure.nullable(),
  /** Evaluations before training, and of the last step evaluated (the same where `steps` is 0). */
  evaluations: z.strictObject({ start: EvaluationPair, end: EvaluationPair }),
});
export type SweepReportCell = z.infer<typeof SweepReportCell>;

export const SweepReport = z.strictObject({
  sweepId: z.string(),
  name: z.string(),
  description: z.string(),
  recipePath: z.string(),
  createdAtMs: z.number(),
  /** In the recipe's order, baselines last. */
  cells: z.array(SweepReportCell),
});
export type SweepReport = z.infer<typeof SweepReport>;

export const SweepPlanCell = z.strictObject({
  cellKey: z.string(),
  runId: z.string(),
  label: z.string(),
  role: CellRole,
  config: RunConfig,
  seed: z.int(),
  parameterCount: z.int(),
  /** State of the run that this cell already has in the data folder; null where it has none. */
  status: RunState.nullable(),
});
export type SweepPlanCell = z.infer<typeof SweepPlanCell>;

export const SweepPlan = z.strictObject({
  sweepId: z.string(),
  name: z.string(),
  description: z.string(),
  recipePath: z.string(),
  cells: z.array(SweepPlanCell),
  /** Cells of the recipe that equal an earlier one and were left out. */
  duplicatesRemoved: z.int(),
});
export type SweepPlan = z.infer<typeof SweepPlan>;
