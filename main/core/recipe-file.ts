// Reads a recipe and turns it into the configurations of its cells. Runs in the host.
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { AppError, badInput, errorMessage } from '../../contracts/app-error.ts';
import { axisValues } from '../../contracts/axes.ts';
import { Recipe } from '../../contracts/recipe.ts';
import type { CellRole, RecipeCell } from '../../contracts/recipe.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import { isSettings, withValue } from './dotted-paths.ts';
import type { Settings } from './dotted-paths.ts';
import { describeAdapter } from './labels.ts';
import { findTask, taskSettings } from './tasks/task-files.ts';

type Path = readonly (string | number)[];

export interface ExpandedCell {
  label: string;
  role: CellRole;
  /** Paths as the recipe states them. */
  config: RunConfig;
  /** Where in the recipe its settings come from, for messages: `cells[2]`. */
  origin: string;
}

/** Something that a recipe may not say. */
export interface RecipeProblem {
  /** Null where the text does not have it. */
  line: number | null;
  /** E.g. `cells[2].adapter.rank`; empty for the file as a whole. */
  key: string;
  message: string;
}

/** BAD_INPUT with the place in the recipe. */
export class RecipeError extends AppError {
  readonly problem: RecipeProblem;
  /** With what else is wrong. */
  readonly all: RecipeProblem[];

  constructor(path: string, problem: RecipeProblem, all: RecipeProblem[] = [problem]) {
    const position = problem.line === null ? path : `${path}:${problem.line}`;
    super('BAD_INPUT', `${position}: ${problem.key === '' ? '' : `\`${problem.key}\` `}${problem.message}`);
    this.name = 'RecipeError';
    this.problem = problem;
    this.all = all;
  }
}

/** A parsed recipe with the positions of its keys, so that every complaint can name a line. */
export class RecipeFile {
  readonly recipe: Recipe;
  readonly #path: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  /**
   * @param path named in messages
   * Throws BAD_INPUT naming file, line and key for anything that a recipe may not say.
   */
  constructor(path: string, text: string) {
    this.#path = path;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines });
    const { recipe, issues } = this.#parse();
    if (recipe === null) throw this.complaint(issues, (path) => path);
    this.recipe = recipe;
  }

  /** All that keeps a text from being a recipe, whatever its settings mean; empty where it is one. */
  static problemsIn(path: string, text: string): RecipeProblem[] {
    try {
      new RecipeFile(path, text);
      return [];
    } catch (error) {
      if (error instanceof RecipeError) return error.all;
      throw error;
    }
  }

  /** Throws BAD_INPUT for text that is not YAML. */
  #parse(): { recipe: Recipe | null; issues: z.core.$ZodIssue[] } {
    const broken = this.#document.errors[0];
    if (broken !== undefined) {
      const line = this.#lines.linePos(broken.pos[0]).line;
      const message = `not valid YAML: ${broken.message.split('\n')[0] ?? ''}`;
      throw this.#toError({ line, key: '', message });
    }
    const parsed = Recipe.safeParse(this.#document.toJS());
    return { recipe: parsed.data ?? null, issues: parsed.error?.issues ?? [] };
  }

  /**
   * The error for zod's complaints about a value.
   * @param locate where the recipe states the setting that zod names by its path
   */
  complaint(issues: readonly z.core.$ZodIssue[], locate: (path: Path) => Path): Error {
    // A misspelt key makes the right one missing too: the misspelling is the better thing to say.
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    const [problem] = issue === undefined ? [] : this.problems([issue], locate);
    if (problem === undefined) return badInput(`${this.#path}: the recipe is not valid.`);
    return this.#toError(problem, this.problems(issues, locate));
  }

  /** All of zod's complaints about a value, with their places; see `complaint`. */
  problems(issues: readonly z.core.$ZodIssue[], locate: (path: Path) => Path): RecipeProblem[] {
    return issues.flatMap((issue) => {
      const path: Path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
      if (issue.code === 'unrecognized_keys') {
        const message = 'is not a known setting; correct its spelling or remove it.';
        return issue.keys.map((key) => this.#problem(locate([...path, key]), message));
      }
      const located = locate(path);
      return [this.#problem(located, `${this.has(located) ? 'is not valid' : 'is missing'} (${reasonOf(issue)}).`)];
    });
  }

  /** BAD_INPUT: `file:line: `key` message`. */
  error(path: Path, message: string): Error {
    return this.#toError(this.#problem(path, message));
  }

  #problem(path: Path, message: string): RecipeProblem {
    return { line: this.#lineOf(path), key: formatPath(path), message };
  }

  #toError(problem: RecipeProblem, all?: RecipeProblem[]): Error {
    return new RecipeError(this.#path, problem, all);
  }

  has(path: Path): boolean {
    return this.#document.hasIn(path);
  }

  /** Line of the value, or of the nearest thing around it that the file has. */
  #lineOf(path: Path): number | null {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = this.#document.getIn(path.slice(0, length), true);
      if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
        const start: unknown = node.range[0];
        if (typeof start === 'number') return this.#lines.linePos(start).line;
      }
    }
    return null;
  }
}

/** Of a union the branch that comes closest says what is wrong. */
function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const deepest = branches.flat().sort((left, right) => right.path.length - left.path.length)[0];
  if (deepest === undefined || deepest.path.length === 0) return issue.message;
  return `${deepest.path.join('.')}: ${reasonOf(deepest)}`;
}

function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** Merges objects key by key; an object that states its `kind` or `name` replaces the other whole. */
function merge(base: unknown, override: unknown): unknown {
  if (!isSettings(base) || !isSettings(override) || 'kind' in override || 'name' in override) return override;
  const merged: Settings = { ...base };
  for (const [key, value] of Object.entries(override)) merged[key] = merge(base[key], value);
  return merged;
}

interface GridPoint {
  axes: { path: string; index: number; value: unknown }[];
}

/** The grid's points; the last axis changes fastest. */
function gridPoints(grid: Recipe['grid']): GridPoint[] {
  let points: GridPoint[] = [{ axes: [] }];
  for (const [path, axis] of Object.entries(grid)) {
    const values = axisValues(axis);
    points = points.flatMap(({ axes }) => values.map((value, index) => ({ axes: [...axes, { path, index, value }] })));
  }
  return points;
}

/** Where the recipe states the setting at `path` of a cell: the innermost of seed, grid, cell and base that does. */
function sourceOf(file: RecipeFile, path: Path, cellPath: Path | null, point: GridPoint): Path {
  if (path[0] === 'seed') return ['seeds'];
  for (const axis of point.axes) {
    const keys = axis.path.split('.');
    if (keys.every((key, depth) => path.length <= depth || path[depth] === key)) {
      return ['grid', axis.path, axis.index, ...path.slice(keys.length)];
    }
  }
  const inBase: Path = ['base', ...path];
  if (cellPath === null) return inBase;
  const inCell: Path = [...cellPath, ...path];
  // What neither states is looked for where its surroundings are.
  return file.has(inCell) || (!file.has(inBase) && file.has([...cellPath, ...path.slice(0, 1)])) ? inCell : inBase;
}

function axisLabel(point: GridPoint): string[] {
  return point.axes
    .filter((axis) => axis.path !== 'adapter' && !axis.path.startsWith('adapter.'))
    .map((axis) => `${axis.path} ${typeof axis.value === 'string' ? axis.value : JSON.stringify(axis.value)}`);
}

/**
 * (cells × grid × seeds), then (baselines × seeds), in the recipe's order. What takes no step gives the same result
 * for every seed, so such a cell gets the first seed only.
 * @param report takes every problem, and their cells are left out; without it, the first is thrown as BAD_INPUT naming
 *   file, line and key
 */
export function expandRecipe(file: RecipeFile, report?: (problem: RecipeProblem) => void): ExpandedCell[] {
  const { recipe } = file;
  const explicit: { cell: RecipeCell; path: Path | null }[] =
    recipe.cells === undefined
      ? [{ cell: {}, path: null }]
      : recipe.cells.map((cell, index) => ({ cell, path: ['cells', index] }));
  const cells = explicit.flatMap(({ cell, path }) =>
    gridPoints(recipe.grid).flatMap((point) => expandSeeds(file, 'cell', cell, path, point, report)),
  );
  const baselines = recipe.baselines.flatMap((cell, index) =>
    expandSeeds(file, 'baseline', cell, ['baselines', index], { axes: [] }, report),
  );
  return [...cells, ...baselines];
}

function expandSeeds(
  file: RecipeFile,
  role: CellRole,
  cell: RecipeCell,
  cellPath: Path | null,
  point: GridPoint,
  report?: (problem: RecipeProblem) => void,
): ExpandedCell[] {
  const { label, ...overrides } = cell;
  const merged = merge(file.recipe.base, overrides);
  let settings: Settings = isSettings(merged) ? merged : {};
  for (const axis of point.axes) settings = withValue(settings, axis.path.split('.'), axis.value);
  try {
    settings = withTask(settings, (message) => file.error(sourceOf(file, ['task'], cellPath, point), message));
  } catch (error) {
    if (report === undefined || !(error instanceof RecipeError)) throw error;
    report(error.problem);
    return [];
  }
  const expanded: ExpandedCell[] = [];
  for (const seed of file.recipe.seeds) {
    const parsed = RunConfig.safeParse({ ...settings, seed });
    if (!parsed.success) {
      const locate = (path: Path): Path => sourceOf(file, path, cellPath, point);
      if (report === undefined) throw file.complaint(parsed.error.issues, locate);
      file.problems(parsed.error.issues, locate).forEach(report);
      return [];
    }
    const config = parsed.data;
    const text = [label ?? describeAdapter(config.adapter), ...axisLabel(point)].join(', ');
    expanded.push({ label: text, role, config, origin: formatPath(cellPath ?? ['base']) });
    if (config.steps === 0) break;
  }
  return expanded;
}

/** A `task` stands for its settings; what else is stated replaces them as a cell's settings replace the base's. */
function withTask({ task, ...settings }: Settings, complain: (message: string) => Error): Settings {
  if (task === undefined) return settings;
  try {
    return merge(taskSettings(findTask(typeof task === 'string' ? task : JSON.stringify(task))), settings) as Settings;
  } catch (error) {
    throw complain(`is not valid: ${errorMessage(error)}`);
  }
}
