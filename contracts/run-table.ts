// The table of runs: which columns, which rows, in which order. Parsed by the host; used by clients.
import { z } from 'zod';
import { RunFailure, RunState } from './run-state.ts';

/**
 * A column, and the left side of a comparison in a filter:
 * - a field: `id`, `label`, `state`, `sweep`, `seed`, `numbers`, `bytes`, `step`, `steps`, `progress`, `created`,
 *   `started`, `ended`, `duration`, `attempts`, `failure`, `tags`, `note`;
 * - an accuracy: `sampled`, `greedy`, and at step 0 `sampled@start`, `greedy@start`; the difference of the two,
 *   `sampled@gain`, `greedy@gain`; `strict`, `lenient`, `format` of the sampled evaluation;
 * - a metric: its name, `@` and `last`, `best`, `min`, `max` or a step: `reward/mean@last`, `metric:loss@40`. A name
 *   without a slash needs the prefix `metric:`. At a step means: the value at it or, missing there, the last before it;
 * - a setting: its dotted path (`learningRate`, `adapter.rank`), its last part where that is unique (`rank`), or `lr`.
 */
export const RunColumnKey = z.string().min(1).max(200);

export const RunColumnKind = z.enum(['field', 'accuracy', 'metric', 'setting']);
export type RunColumnKind = z.infer<typeof RunColumnKind>;

export const RunTableQuery = z.strictObject({
  columns: z.array(RunColumnKey).max(200),
  /**
   * Terms with blanks between them, all of which must hold: `lr > 0.01`, `state:done`, `tag:paper`, `-state:failed`,
   * `"two words"`, a word that label, id, sweep, tags or note contain. Operators: `:` (equals, for text contains), `=`,
   * `!=`, `<`, `<=`, `>`, `>=`. Several values of one term stand with commas: `state:done,failed`.
   */
  filter: z.string().max(2000).default(''),
  /** First the most important; missing values are last either way. None: newest first. */
  sort: z
    .array(z.strictObject({ key: RunColumnKey, descending: z.boolean() }))
    .max(8)
    .default([]),
  /** Rows of equal value here stand together. */
  group: RunColumnKey.nullable().default(null),
  /** One row for runs that differ in their seed alone, with means and Student's 95 % interval over seeds. */
  aggregateSeeds: z.boolean().default(false),
  /** Only these runs; null: all of the data folder. */
  runs: z.array(z.string()).max(20_000).nullable().default(null),
});
export type RunTableQuery = z.infer<typeof RunTableQuery>;

export const IntervalKind = z.enum([
  'wilson',
  'student-over-problems',
  'student-over-clusters',
  'student-over-seeds',
  'bootstrap-over-problems',
  'bootstrap-over-clusters',
]);
export type IntervalKind = z.infer<typeof IntervalKind>;

export const IntervalOf = z.strictObject({ low: z.number(), high: z.number(), kind: IntervalKind });
export type IntervalOf = z.infer<typeof IntervalOf>;

export const RunTableCell = z.strictObject({
  value: z.union([z.number(), z.string(), z.boolean(), z.array(z.string())]),
  /** 95 %. */
  interval: IntervalOf.nullable(),
  /** Problems behind an accuracy, seeds behind a mean; null where there is nothing to count. */
  n: z.int().nullable(),
});
export type RunTableCell = z.infer<typeof RunTableCell>;

export const RunTableRow = z.strictObject({
  /** The run's id; of several seeds, that of the first. */
  id: z.string(),
  /** Of the short name such as r128, of the same run. */
  number: z.int(),
  runIds: z.array(z.string()),
  label: z.string(),
  /** The state of all its runs where they share it, else that which asks most for attention. */
  state: RunState,
  states: z.partialRecord(RunState, z.int()),
  /** Of a run in that state: its failure, and how far the run has come. */
  failure: RunFailure.nullable(),
  lastStep: z.int(),
  totalSteps: z.int(),
  seeds: z.array(z.int()),
  /** The group's value as text; null without grouping. */
  group: z.string().nullable(),
  /** In the order of the query's columns; null: missing. */
  cells: z.array(RunTableCell.nullable()),
});
export type RunTableRow = z.infer<typeof RunTableRow>;

export const RunTableResult = z.strictObject({
  /** Runs of the data folder that the query may show, and those that the filter let through. */
  totalRuns: z.int(),
  matchedRuns: z.int(),
  /** Rows there are, and where those below begin. */
  totalRows: z.int(),
  offset: z.int(),
  columns: z.array(z.strictObject({ key: z.string(), kind: RunColumnKind })),
  /** In the order of their rows. */
  groups: z.array(z.strictObject({ value: z.string(), rows: z.int(), runs: z.int() })),
  rows: z.array(RunTableRow),
});
export type RunTableResult = z.infer<typeof RunTableResult>;

/** What columns can be chosen: settings by path with how many values they take, metrics by name. */
export const RunColumnChoices = z.strictObject({
  fields: z.array(z.string()),
  accuracies: z.array(z.string()),
  settings: z.array(z.strictObject({ path: z.string(), distinctValues: z.int() })),
  metrics: z.array(z.strictObject({ name: z.string(), runs: z.int() })),
  tags: z.array(z.string()),
});
export type RunColumnChoices = z.infer<typeof RunColumnChoices>;
