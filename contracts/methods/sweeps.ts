// Methods that plan, queue, extend and report sweeps, and that read and write recipes. Used by the host and its clients.
import { z } from 'zod';
import { Preflight } from '../preflight.ts';
import { AdapterConfig } from '../run-config.ts';
import { SweepPlan, SweepReport, SweepStart } from '../sweep-report.ts';

/**
 * A sweep's short name (s12), its id (or the start of it), the name of its recipe (its latest sweep), or the recipe
 * file's absolute path.
 */
const sweepReference = z.strictObject({ sweep: z.string().min(1) });

/**
 * A recipe: a file, its text, or its content. Paths in text and content are relative to `baseFolder`, where they are
 * neither absolute nor behind a prefix. Starting a sweep from text or content saves it in the data folder's recipes.
 */
export const RecipeSource = z.union([
  z.strictObject({ recipePath: z.string().min(1) }),
  z.strictObject({ recipeText: z.string().max(500_000), baseFolder: z.string().min(1).optional() }),
  z.strictObject({ recipe: z.record(z.string(), z.unknown()), baseFolder: z.string().min(1).optional() }),
]);
export type RecipeSource = z.infer<typeof RecipeSource>;

const recipeProblem = z.strictObject({
  /** Of the text; null for content without one. */
  line: z.int().nullable(),
  /** Where in the recipe, e.g. `base.learningRate` or `cells[2].adapter.rank`; empty for the file as a whole. */
  key: z.string(),
  message: z.string(),
});

const recipeFile = z.strictObject({
  path: z.string(),
  name: z.string(),
  description: z.string(),
  origin: z.enum(['built-in', 'saved']),
  modifiedAtMs: z.number(),
  /** Why it cannot be used as it is; null where it can be read. */
  problem: z.string().nullable(),
});

const builtInTask = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** What `task` in a recipe stands for, data included; whatever a recipe states itself replaces it. */
  settings: z.record(z.string(), z.unknown()),
});

const moreValues = z.strictObject({ path: z.string().min(1), values: z.array(z.unknown()).min(1).max(1000) });

export const SWEEP_METHODS = {
  /** Cells of a recipe, without starting anything. */
  planSweep: { params: RecipeSource, result: SweepPlan },
  /** Queues what is missing of a recipe; finished cells are left alone. */
  runSweep: { params: RecipeSource, result: SweepStart },
  /** Queues what is missing of a sweep as it stands: failed, cancelled and paused cells. */
  retryMissing: { params: sweepReference, result: SweepStart },
  /**
   * Takes back what a start has queued: its new runs are removed (a running one is cancelled), runs that waited again go
   * back to what they were, a new sweep is removed.
   */
  undoStart: {
    params: sweepReference.extend({
      isNew: z.boolean(),
      createdRunIds: z.array(z.string()).max(100_000),
      requeuedRunIds: z.array(z.string()).max(100_000),
      restoredRunIds: z.array(z.string()).max(100_000),
    }),
    result: z.strictObject({ withdrawn: z.int() }),
  },
  /** `undoCancel` brings them back. */
  cancelSweep: {
    params: sweepReference,
    result: z.strictObject({ cancelled: z.int(), runIds: z.array(z.string()) }),
  },
  sweepReport: { params: sweepReference, result: SweepReport },
  /**
   * Adds cells to a sweep: every setting again with more seeds, with other values of one setting, or with more steps.
   * More steps make a new cell that trains from the beginning: the steps are part of what a cell is. With `plan` nothing
   * is queued.
   */
  extendSweep: {
    params: sweepReference.extend({
      seeds: z.array(z.int().min(0)).max(1000).default([]),
      values: z.array(moreValues).max(20).default([]),
      steps: z.int().min(1).nullable().default(null),
      plan: z.boolean().default(false),
    }),
    result: SweepStart,
  },
  /**
   * What the missing cells of a recipe will cost. With `measure`, pilots run for shapes not measured yet, with
   * `preflightProgress` events under the client's `id`, until `cancelPreflight`; without, only what is known is used.
   */
  preflightSweep: {
    params: z.strictObject({ source: RecipeSource, measure: z.boolean(), id: z.string().min(1).max(100) }),
    result: Preflight,
  },
  cancelPreflight: {
    params: z.strictObject({ id: z.string().min(1) }),
    result: z.strictObject({ cancelled: z.boolean() }),
  },

  /** The built-in tasks, which a recipe names as `task`. */
  listTasks: { params: z.strictObject({}), result: z.array(builtInTask) },
  /** Recipes that come with the program, and those saved in the data folder. */
  listRecipes: { params: z.strictObject({}), result: z.array(recipeFile) },
  /** A recipe's text and content. Throws BAD_INPUT where the file cannot be read. */
  readRecipe: {
    params: z.strictObject({ path: z.string().min(1) }),
    result: z.strictObject({ text: z.string(), baseFolder: z.string() }),
  },
  /** Everything that is wrong with a recipe, with lines and keys; its content where it is YAML at all. */
  checkRecipe: {
    params: RecipeSource,
    result: z.strictObject({
      recipe: z.record(z.string(), z.unknown()).nullable(),
      problems: z.array(recipeProblem),
    }),
  },
  /**
   * The text with values at paths replaced, or taken away where no value is given; comments, order and everything else
   * stay as they are. Without text, YAML is written anew.
   */
  editRecipe: {
    params: z.strictObject({
      text: z.string().max(500_000),
      edits: z
        .array(
          z.strictObject({
            path: z.array(z.union([z.string(), z.int()])).min(1),
            value: z.unknown().optional(),
          }),
        )
        .max(1000),
    }),
    result: z.strictObject({ text: z.string() }),
  },
  /** Writes a recipe into the data folder's recipes. CONFLICT where another one has its name, unless `overwrite`. */
  saveRecipe: {
    params: z.strictObject({
      text: z.string().max(500_000),
      baseFolder: z.string().min(1).optional(),
      overwrite: z.boolean().default(false),
    }),
    result: z.strictObject({ path: z.string() }),
  },

  /** Which group of shared numbers each adapted module belongs to, in order of execution. */
  adapterMap: {
    params: z.strictObject({ model: z.string().min(1), adapter: AdapterConfig }),
    result: z.strictObject({
      parameterCount: z.int(),
      layerCount: z.int(),
      /** Empty for an adapter without groups. */
      modules: z.array(z.strictObject({ layer: z.int(), type: z.string(), group: z.int() })),
      groupSizes: z.array(z.int()),
    }),
  },
} as const;
