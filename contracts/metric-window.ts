// Curves of metrics as clients draw them: points chosen so that no extreme is lost. Parsed by the host; used by clients.
import { z } from 'zod';

/** A value that is no number, of a step that made its run fail. */
export const NonFinite = z.enum(['NaN', 'Infinity', '-Infinity']);
export type NonFinite = z.infer<typeof NonFinite>;

export const MetricMark = z.strictObject({ step: z.int(), value: NonFinite });
export type MetricMark = z.infer<typeof MetricMark>;

const window = {
  /** Steps, both included; null: from the first, to the last. Live: `from` = `lastStep` + 1 of the answer before. */
  from: z.int().nullable().default(null),
  to: z.int().nullable().default(null),
  /** About one a pixel. A bucket keeps its first, smallest, largest and last point. */
  buckets: z.int().min(1).max(8192),
};

export const MetricWindowQuery = z.strictObject({
  runs: z.array(z.string().min(1)).min(1).max(2000),
  names: z.array(z.string().min(1)).min(1).max(1000),
  ...window,
});
export type MetricWindowQuery = z.infer<typeof MetricWindowQuery>;

export const WindowSeries = z.strictObject({
  runId: z.string(),
  name: z.string(),
  /** Stored points, by step; all of them where `steps.length` is `totalPoints`. */
  steps: z.array(z.int()),
  values: z.array(z.number()),
  totalPoints: z.int(),
  /** Steps a bucket spans, a power of two, edges at its multiples: 1 where every point is there. */
  bucketSteps: z.int(),
  /** Every value in the window that is no number. */
  marks: z.array(MetricMark),
  /** Last step of the whole series, beyond the window too; null where it has no point. */
  lastStep: z.int().nullable(),
});
export type WindowSeries = z.infer<typeof WindowSeries>;

export const CurveGroup = z.strictObject({ key: z.string(), runs: z.array(z.string().min(1)).min(1).max(2000) });

export const CurveBandQuery = z.strictObject({
  name: z.string().min(1),
  groups: z.array(CurveGroup).min(1).max(2000),
  ...window,
});
export type CurveBandQuery = z.infer<typeof CurveBandQuery>;

/** Mean over a group's runs at each step, with Student's 95 % interval over them; computed before anything is left out. */
export const CurveBand = z.strictObject({
  key: z.string(),
  steps: z.array(z.int()),
  means: z.array(z.number()),
  /** null where a step has one run alone. */
  lows: z.array(z.number().nullable()),
  highs: z.array(z.number().nullable()),
  /** Runs behind each mean. */
  counts: z.array(z.int()),
  /** Runs of the group with any point of the metric, and all its runs. */
  runsWithPoints: z.int(),
  runs: z.int(),
  totalSteps: z.int(),
  bucketSteps: z.int(),
  marks: z.array(MetricMark),
});
export type CurveBand = z.infer<typeof CurveBand>;

export const MetricTotalsQuery = z.strictObject({
  run: z.string().min(1),
  names: z.array(z.string().min(1)).min(1).max(100),
  /** About so many steps are answered; totals are of every step all the same. */
  buckets: z.int().min(1).max(8192),
});
export type MetricTotalsQuery = z.infer<typeof MetricTotalsQuery>;

/** Running totals of metrics: tokens so far, time so far. Two of them give the exact mean between their steps. */
export const MetricTotals = z.strictObject({
  name: z.string(),
  steps: z.array(z.int()),
  /** Sum of the metric up to each of these steps, that included. */
  totals: z.array(z.number()),
});
export type MetricTotals = z.infer<typeof MetricTotals>;

export const MetricSummary = z.strictObject({
  points: z.int(),
  lastStep: z.int(),
  last: z.number(),
  min: z.number(),
  minStep: z.int(),
  max: z.number(),
  maxStep: z.int(),
});
export type MetricSummary = z.infer<typeof MetricSummary>;

export const MetricOverview = z.strictObject({
  name: z.string(),
  /** Values that are no numbers. */
  marks: z.int(),
  /** Of those that are; null where none is. */
  summary: MetricSummary.nullable(),
});
export type MetricOverview = z.infer<typeof MetricOverview>;

export const ParameterHistoryQuery = z.strictObject({
  run: z.string().min(1),
  from: z.int().nullable().default(null),
  to: z.int().nullable().default(null),
  columns: z.int().min(1).max(600).default(600),
  rows: z.int().min(1).max(1024).default(200),
});
export type ParameterHistoryQuery = z.infer<typeof ParameterHistoryQuery>;

export const ParameterHistory = z.strictObject({
  /** Numbers that the run trains, and those of which anything was recorded. */
  totalNumbers: z.int(),
  recordedNumbers: z.int(),
  /** The number of each row, ascending; where there are more than asked for, those with the largest |v| in the window. */
  indices: z.array(z.int()),
  /** First and last step of each column. */
  columns: z.array(z.strictObject({ from: z.int(), to: z.int() })),
  /** values[row][column]: v of the largest |v| in it, with its sign; null where the step did not record it. */
  values: z.array(z.array(z.number().nullable())),
  totalSteps: z.int(),
});
export type ParameterHistory = z.infer<typeof ParameterHistory>;
