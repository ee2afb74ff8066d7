// What a sweep recipe (YAML) may say. Checked by the host; written by people.
import { z } from 'zod';
import { GridAxis } from './axes.ts';

const overrides = z.record(z.string(), z.unknown());

/**
 * An explicit cell: settings that replace those of `base`. Objects are merged key by key, except where the cell states
 * `kind` or `name` (adapter, grader, prompt): such an object replaces the base's whole one.
 */
export const RecipeCell = z.looseObject({
  /** Shown in tables and on the front; made from the settings where it is missing. */
  label: z.string().min(1).max(120).optional(),
});
export type RecipeCell = z.infer<typeof RecipeCell>;

/**
 * A sweep = (cells × grid × seeds) + (baselines × seeds). Settings are those of RunConfig, and `task`: the name of a
 * built-in task, whose data, prompt, grader and limits hold where nothing else is stated. `model` and `data` paths are
 * relative to the recipe's folder, absolute, `builtin:` + a path below the resources folder, `models:` + a file in the
 * data folder's models, or `task:NAME/SPLIT`.
 */
export const Recipe = z.strictObject({
  version: z.literal(1).default(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must consist of letters, digits, dots, dashes and underscores'),
  description: z.string().default(''),
  base: overrides,
  /**
   * Dotted path of a setting → its values, e.g. `learningRate: [0.01, 0.03]`, `adapter: [{kind: tinylora}, {kind: full}]`,
   * or a rule that makes them, e.g. `learningRate: {logRange: {from: 0.001, to: 0.1, count: 5}}`.
   */
  grid: z.record(z.string().min(1), GridAxis).default({}),
  cells: z.array(RecipeCell).min(1).optional(),
  seeds: z.array(z.int().min(0)).min(1).default([0]),
  /** Drawn as dashed lines beside the front: e.g. `{adapter: {kind: none}, steps: 0}` and full fine-tuning. */
  baselines: z.array(RecipeCell).default([]),
});
export type Recipe = z.infer<typeof Recipe>;

export const CellRole = z.enum(['cell', 'baseline']);
export type CellRole = z.infer<typeof CellRole>;
