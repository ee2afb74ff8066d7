// A sweep as a grid: its settings by what varies, their cells by state, their results over seeds. Parsed by the host.
import { z } from 'zod';
import { SettingValue } from './analysis.ts';
import { CellRole } from './recipe.ts';
import { RunFailure, RunState } from './run-state.ts';
import { IntervalOf } from './run-table.ts';

/** Of the axis that stands for all settings of the adapter together. */
export const ADAPTER_AXIS = 'adapter';

/** Accuracy of one finished cell. */
export const CellScore = z.strictObject({
  value: z.number(),
  /** Over its problems; null where it was not asked for. */
  interval: IntervalOf.nullable(),
  problems: z.int(),
  samples: z.int(),
});
export type CellScore = z.infer<typeof CellScore>;

export const SweepGridCell = z.strictObject({
  runId: z.string(),
  /** Of the run's short name, such as r128. */
  number: z.int(),
  seed: z.int(),
  state: RunState,
  failure: RunFailure.nullable(),
  lastStep: z.int(),
  totalSteps: z.int(),
  /** Of its latest attempt; null before it starts, and until it ends. */
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  sampled: CellScore.nullable(),
  greedy: CellScore.nullable(),
});
export type SweepGridCell = z.infer<typeof SweepGridCell>;

/** Accuracy over the finished cells of a setting: Student's interval over seeds, with one seed that of its problems. */
export const SettingScore = z.strictObject({
  value: z.number(),
  interval: IntervalOf.nullable(),
  problems: z.int(),
  samples: z.int(),
  seeds: z.int(),
  /** Accuracy minus that of step 0, problem by problem; null where it was not asked for or is not known. */
  gain: z.strictObject({ value: z.number(), interval: IntervalOf }).nullable(),
});
export type SettingScore = z.infer<typeof SettingScore>;

export const SweepGridSetting = z.strictObject({
  /** Equal for cells that differ in their seed alone. */
  key: z.string(),
  label: z.string(),
  role: CellRole,
  numbers: z.int().nullable(),
  /** In the order of the grid's axes. */
  values: z.array(SettingValue),
  /** By seed. */
  cells: z.array(SweepGridCell),
  sampled: SettingScore.nullable(),
  greedy: SettingScore.nullable(),
});
export type SweepGridSetting = z.infer<typeof SweepGridSetting>;

export const SweepGridAxis = z.strictObject({
  /** A setting's dotted path, or `adapter` for all of the adapter's settings as one. */
  path: z.string(),
  values: z.array(SettingValue),
  /** Axis whose value decides this one's: such an axis needs no place of its own. Null: it varies by itself. */
  follows: z.string().nullable(),
});
export type SweepGridAxis = z.infer<typeof SweepGridAxis>;

export const SweepGrid = z.strictObject({
  id: z.string(),
  number: z.int(),
  name: z.string(),
  description: z.string(),
  recipePath: z.string(),
  /** The recipe as it was when the sweep was last queued. */
  recipeText: z.string(),
  createdAtMs: z.number(),
  /** What varies over the cells; baselines are left out of it. */
  axes: z.array(SweepGridAxis),
  /** In the recipe's order, baselines last. */
  settings: z.array(SweepGridSetting),
  /** Settings by accuracy, best first, a few of each mode: the ones whose gain is known. Indices into `settings`. */
  best: z.strictObject({ sampled: z.array(z.int()), greedy: z.array(z.int()) }),
});
export type SweepGrid = z.infer<typeof SweepGrid>;
