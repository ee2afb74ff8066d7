// Comparisons of runs: differences, fronts, importance; every interval says what it is. Parsed by the host; used by clients.
import { z } from 'zod';
import { RunColumnKey, IntervalOf } from './run-table.ts';

export const EvaluationMode = z.enum(['sampled', 'greedy']);

const resampling = {
  resamples: z.int().min(100).max(100_000).default(10_000),
  seed: z.int().min(0).default(0),
};

export const AccuracyEstimate = z.strictObject({
  value: z.number(),
  interval: IntervalOf,
  problems: z.int(),
  samples: z.int(),
  step: z.int(),
});
export type AccuracyEstimate = z.infer<typeof AccuracyEstimate>;

/** Held-out accuracy over the steps, a curve a group of seeds. */
export const EvaluationCurveQuery = z.strictObject({
  groups: z
    .array(z.strictObject({ key: z.string(), runs: z.array(z.string().min(1)).min(1).max(2000) }))
    .min(1)
    .max(2000),
  mode: EvaluationMode,
});
export type EvaluationCurveQuery = z.infer<typeof EvaluationCurveQuery>;

export const EvaluationCurve = z.strictObject({
  key: z.string(),
  /** By step. One run's interval is over its problems, several runs' over seeds. */
  points: z.array(AccuracyEstimate.extend({ seeds: z.int() })),
});
export type EvaluationCurve = z.infer<typeof EvaluationCurve>;

export const CompareRunsQuery = z.strictObject({
  /** Each entry is one side: a run, or runs of several seeds whose scores are averaged problem by problem. */
  sides: z
    .array(z.array(z.string().min(1)).min(1).max(2000))
    .min(1)
    .max(2000),
  /** Index into `sides`: what the others are compared with. */
  baseline: z.int().min(0).default(0),
  mode: EvaluationMode.default('sampled'),
  at: z.enum(['start', 'end']).default('end'),
  ...resampling,
});
export type CompareRunsQuery = z.infer<typeof CompareRunsQuery>;

export const RunDifference = z.strictObject({
  /** Side minus baseline, in accuracy. */
  difference: z.number(),
  /** 95 %, for itself alone. */
  interval: IntervalOf,
  /** Two-sided, of the bootstrap; and as Holm corrects it over all comparisons of this answer. */
  pValue: z.number(),
  pHolm: z.number(),
  /** pHolm < 0.05. */
  isSignificant: z.boolean(),
  problems: z.int(),
});
export type RunDifference = z.infer<typeof RunDifference>;

export const CompareRunsResult = z.strictObject({
  /** Paired bootstrap over the problems of the baseline, or over clusters of them; Holm over the comparisons. */
  method: z.strictObject({ problems: z.int(), clusters: z.int().nullable(), resamples: z.int(), seed: z.int() }),
  comparisons: z.int(),
  sides: z.array(
    z.strictObject({
      /** Null where a run has no evaluation. */
      accuracy: AccuracyEstimate.nullable(),
      /** Mean over runs with Student's interval over them; null with one run. */
      overSeeds: z.strictObject({ mean: z.number(), interval: IntervalOf, seeds: z.int() }).nullable(),
      /** Null for the baseline and where the two cannot be paired. */
      against: RunDifference.nullable(),
    }),
  ),
});
export type CompareRunsResult = z.infer<typeof CompareRunsResult>;

export const SettingValue = z.union([z.number(), z.string(), z.boolean(), z.null()]);
export type SettingValue = z.infer<typeof SettingValue>;

export const SettingRow = z.strictObject({
  path: z.string(),
  /** By run; lists as JSON; null is a setting that is null, or one that the run does not have (see `absent`). */
  values: z.array(SettingValue),
  /** By run: the setting does not exist, e.g. `adapter.nTie` of full fine-tuning. */
  absent: z.array(z.boolean()),
  differs: z.boolean(),
});
export type SettingRow = z.infer<typeof SettingRow>;

/** Runs of sweeps, of a list, or both. */
const runChoice = {
  sweeps: z.array(z.string().min(1)).max(100).default([]),
  runs: z.array(z.string().min(1)).max(20_000).default([]),
};

export const Objective = z.strictObject({
  /** A column of the run table with numbers: `numbers`, `bytes`, `sampled`, `greedy`, `duration`, `length/mean@last`. */
  key: RunColumnKey,
  goal: z.enum(['min', 'max']),
  /** Hypervolume and axes by the logarithm; values of 0 and below then are missing. */
  log: z.boolean().default(false),
});
export type Objective = z.infer<typeof Objective>;

export const ParetoQuery = z.strictObject({
  ...runChoice,
  objectives: z.array(Objective).min(2).max(6),
  /** The worst of each objective, for the hypervolume; null: the untrained accuracy, or a tenth beyond the worst point. */
  reference: z.array(z.number()).nullable().default(null),
  resamples: z.int().min(0).max(10_000).default(1000),
  seed: z.int().min(0).default(0),
});
export type ParetoQuery = z.infer<typeof ParetoQuery>;

export const ParetoObjectiveValue = z.strictObject({ value: z.number(), interval: IntervalOf.nullable() });

export const ParetoPoint = z.strictObject({
  /** Names the setting: equal for runs that differ in their seed alone. */
  key: z.string(),
  label: z.string(),
  adapter: z.string(),
  runIds: z.array(z.string()),
  seeds: z.array(z.int()),
  numbers: z.int().nullable(),
  /** Of the trained numbers, as they are stored. */
  bytes: z.int().nullable(),
  /** What the user wrote of its runs, each note once. */
  notes: z.array(z.string()),
  /** In the order of the objectives. */
  objectives: z.array(ParetoObjectiveValue),
  isOnFront: z.boolean(),
  /** Share of paired resamples in which it is on the front; null where it was not resampled (far behind the front). */
  frontShare: z.number().nullable(),
  /** On the front, but in less than 95 % of the resamples. */
  isUncertain: z.boolean(),
  sampled: AccuracyEstimate.nullable(),
  greedy: AccuracyEstimate.nullable(),
  /** Accuracy at the end minus at step 0, of the sampled evaluation where there is one, else the greedy. */
  gain: z.strictObject({ value: z.number(), interval: IntervalOf }).nullable(),
  /** gain / gain of full fine-tuning; null without it. */
  gainFraction: z.strictObject({ value: z.number(), interval: IntervalOf.nullable() }).nullable(),
  /** Values of `axes` that are settings, in their order. */
  settings: z.array(SettingValue),
});
export type ParetoPoint = z.infer<typeof ParetoPoint>;

export const ParetoResult = z.strictObject({
  objectives: z.array(Objective),
  points: z.array(ParetoPoint),
  /** Indices into `points`, by the first objective from its best end. */
  front: z.array(z.int()),
  /** Corners of the step line, by the first objective; with two objectives. */
  attainment: z.array(z.strictObject({ x: z.number(), y: z.number() })),
  /** Dashed lines: the untrained model (mean of all step 0), full fine-tuning, other baselines of the recipes. */
  baselines: z.array(
    z.strictObject({ label: z.string(), runIds: z.array(z.string()), objectives: z.array(z.number().nullable()) }),
  ),
  /** Share of the box between reference and ideal that the front dominates; null where that takes too long. */
  hypervolume: z
    .strictObject({ share: z.number(), reference: z.array(z.number()), ideal: z.array(z.number()) })
    .nullable(),
  /** Settings that vary over the points: axes of the parallel coordinates, before the objectives. */
  axes: z.array(z.strictObject({ path: z.string(), values: z.array(SettingValue) })),
  /** Settings that are not drawn: with no finished run, and with an objective missing. */
  unfinished: z.int(),
  incomplete: z.int(),
  /** Student's t over seeds, with one seed an evaluation's own interval; paired resamples of problems for the places. */
  method: z.strictObject({ resamples: z.int(), seed: z.int() }),
});
export type ParetoResult = z.infer<typeof ParetoResult>;

export const ImportanceQuery = z.strictObject({
  ...runChoice,
  objective: RunColumnKey,
  /** `numbers`: the adapter's settings count as the numbers they train; `settings`: each for itself. */
  adapterAs: z.enum(['numbers', 'settings']).default('numbers'),
  seed: z.int().min(0).default(0),
});
export type ImportanceQuery = z.infer<typeof ImportanceQuery>;

export const ImportanceResult = z.strictObject({
  /** Functional ANOVA of a random forest (Hutter et al., 2014), fitted again on resampled cells. */
  method: z.strictObject({ refits: z.int(), seed: z.int() }),
  cells: z.int(),
  /** Cells that it takes to say anything. */
  fewestCells: z.int(),
  /** Why there is nothing to say: too few cells, no setting that varies, a result that is the same in all. */
  reason: z.enum(['few-cells', 'no-setting-varies', 'same-result']).nullable(),
  /** Share of the variance that a setting explains for itself, largest first. */
  settings: z.array(
    z.strictObject({ path: z.string(), importance: z.number(), low: z.number(), high: z.number(), values: z.int() }),
  ),
  /** What no setting explains for itself: how they work together. */
  interactions: z.number().nullable(),
});
export type ImportanceResult = z.infer<typeof ImportanceResult>;
