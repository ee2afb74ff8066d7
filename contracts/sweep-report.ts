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

/** What a cell is, whether it has run or not. */
const SweepCell = z.strictObject({
  cellKey: z.string(),
  runId: z.string(),
  label: z.string(),
  role: CellRole,
  config: RunConfig,
  seed: z.int(),
});

export const SweepReportCell = SweepCell.extend({
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
  /** Of the short name, such as s12. */
  number: z.int(),
  name: z.string(),
  description: z.string(),
  recipePath: z.string(),
  /** The recipe as it was when the sweep was last queued; empty for sweeps older than this copy. */
  recipeText: z.string(),
  createdAtMs: z.number(),
  /** In the recipe's order, baselines last; then cells that were added by hand. */
  cells: z.array(SweepReportCell),
});
export type SweepReport = z.infer<typeof SweepReport>;

export const SweepPlanCell = SweepCell.extend({
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

/** What `runSweep` and its kin did, with what an undo needs. */
export const SweepStart = SweepPlan.extend({
  /** Of the short name, such as s12. */
  number: z.int(),
  /** Whether the sweep itself is new. */
  isNew: z.boolean(),
  /** Runs that did not exist before. */
  createdRunIds: z.array(z.string()),
  /** Runs that were failed, cancelled or paused, and wait again. */
  requeuedRunIds: z.array(z.string()),
  /** Runs that had been removed and are back. */
  restoredRunIds: z.array(z.string()),
});
export type SweepStart = z.infer<typeof SweepStart>;

/** A setting of the sweep, its seeds averaged: `accuracy ± interval` of one mode, with what the interval is. */
export const BestScore = z.strictObject({
  accuracy: z.number(),
  low: z.number(),
  high: z.number(),
  intervalKind: z.enum(['wilson', 'student-over-problems', 'student-over-clusters', 'student-over-seeds']),
  /** Problems of the held-out set, and samples of each. */
  problems: z.int(),
  samples: z.int(),
  seeds: z.int(),
});
export type BestScore = z.infer<typeof BestScore>;

export const BestSetting = z.strictObject({
  label: z.string(),
  parameterCount: z.int().nullable(),
  runIds: z.array(z.string()),
  sampled: BestScore.nullable(),
  greedy: BestScore.nullable(),
});
export type BestSetting = z.infer<typeof BestSetting>;

/** A sweep as a row of a list. */
export const SweepSummary = z.strictObject({
  id: z.string(),
  number: z.int(),
  name: z.string(),
  description: z.string(),
  recipePath: z.string(),
  createdAtMs: z.number(),
  /** When it was last queued: lists are in this order, newest first. */
  queuedAtMs: z.number(),
  /** First start and last end of its runs; the end is null while something is left to do. */
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  cells: z.int(),
  cellsByState: z.partialRecord(RunState, z.int()),
  /** By sampled accuracy at the end (greedy where nothing was sampled), baselines left out; null: no cell is done. */
  best: BestSetting.nullable(),
});
export type SweepSummary = z.infer<typeof SweepSummary>;
