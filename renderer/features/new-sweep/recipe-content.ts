// What a recipe's content says about each setting, as the form of a new sweep shows it. Pure; runs in the renderer.
import { GridAxis, axisValues } from '../../../contracts/axes.ts';
import { SETTING_FIELDS, settingFieldsFor } from '../../../contracts/setting-fields.ts';
import type { SettingField } from '../../../contracts/setting-fields.ts';

/** A recipe as YAML has it: not checked. */
export type Content = Record<string, unknown>;
type Settings = Record<string, unknown>;

/** What the host says is wrong; `key` as in `base.learningRate`, `grid.adapter.nTie[1]`. */
export interface Problem {
  line: number | null;
  key: string;
  message: string;
}

export interface Task {
  name: string;
  description: string;
  settings: Settings;
}

/** Settings whose value chooses which others exist; a grid varies the whole of them. */
export const CHOOSERS: ReadonlyMap<string, string> = new Map([
  ['adapter.kind', 'adapter'],
  ['grader.name', 'grader'],
  ['prompt.kind', 'prompt'],
]);

/** Seeds have a place of their own, and there is one version. */
const NOT_IN_FORM = new Set(['version', 'seed']);

export function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function settingsIn(content: Content, key: 'base' | 'grid'): Settings {
  const value = content[key];
  return isSettings(value) ? value : {};
}

export function valueAt(settings: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (isSettings(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      settings,
    );
}

/** As the host merges a cell into the base: key by key, except where the override states its `kind` or `name`. */
function merged(base: unknown, override: unknown): unknown {
  if (!isSettings(base) || !isSettings(override) || 'kind' in override || 'name' in override) return override;
  const result: Settings = { ...base };
  for (const [key, value] of Object.entries(override)) result[key] = key in base ? merged(base[key], value) : value;
  return result;
}

/** What a setting is, and who says so. */
export interface SettingState {
  field: SettingField;
  /** What holds: stated, of the task, or the default; undefined where it has to be stated. */
  value: unknown;
  isStated: boolean;
  /** The task's own value, where the recipe names a task that has one. */
  taskValue: unknown;
  /** The path that a grid varies for this setting: that of the whole choice for a chooser. */
  axisPath: string;
  /** What the grid says; undefined where this is no axis. */
  axis: unknown;
}

/** Every setting that the recipe's base has, in the order of a form. */
export function settingStates(content: Content, tasks: readonly Task[]): SettingState[] {
  const base = settingsIn(content, 'base');
  const grid = settingsIn(content, 'grid');
  const task = tasks.find(({ name }) => name === base['task']);
  const effective = task === undefined ? base : merged(task.settings, base);
  const valueOf = (path: string) => {
    const value = valueAt(effective, path);
    return value === undefined ? SETTING_FIELDS.find((field) => field.path === path && !field.when)?.default : value;
  };
  return settingFieldsFor(valueOf)
    .filter(({ path }) => !NOT_IN_FORM.has(path))
    .map((field) => {
      const axisPath = CHOOSERS.get(field.path) ?? field.path;
      const stated = valueAt(effective, field.path);
      return {
        field,
        value: stated === undefined ? field.default : stated,
        isStated: valueAt(base, field.path) !== undefined,
        taskValue: task === undefined ? undefined : valueAt(task.settings, field.path),
        axisPath,
        axis: grid[axisPath],
      };
    });
}

/** Axes of the grid that no row of the form shows, such as `data`. */
export function otherAxes(content: Content, states: readonly SettingState[]): [path: string, axis: unknown][] {
  const shown = new Set([...states.map(({ axisPath }) => axisPath), 'task']);
  return Object.entries(settingsIn(content, 'grid')).filter(([path]) => !shown.has(path));
}

/** The values of an axis; null where the grid says what no axis can be. */
export function valuesOf(axis: unknown): unknown[] | null {
  const parsed = GridAxis.safeParse(axis);
  return parsed.success ? axisValues(parsed.data) : null;
}

export function listOf(content: Content, key: 'cells' | 'baselines' | 'seeds'): unknown[] {
  const value = content[key];
  return Array.isArray(value) ? value : [];
}

/** What the number of cells is the product of. */
export interface CellFactor {
  kind: 'listed' | 'axis' | 'seeds';
  /** Of an axis, e.g. `adapter.nTie`. */
  path: string;
  count: number;
}

export function cellFactors(content: Content): CellFactor[] {
  const listed = listOf(content, 'cells').length;
  const axes = Object.entries(settingsIn(content, 'grid')).map(([path, axis]): CellFactor => {
    return { kind: 'axis', path, count: valuesOf(axis)?.length ?? 0 };
  });
  const seeds = Math.max(1, listOf(content, 'seeds').length);
  return [
    ...(listed > 0 ? [{ kind: 'listed' as const, path: 'cells', count: listed }] : []),
    ...axes,
    { kind: 'seeds', path: 'seeds', count: seeds },
  ];
}

/** The row of the form where a problem is shown: a setting's path, `seeds`, `cells[2]`, or empty for the whole. */
export function rowOfProblem({ key }: Pick<Problem, 'key'>, states: readonly SettingState[]): string {
  const listed = /^(cells|baselines)\[\d+\]/.exec(key);
  if (listed) return listed[0];
  const [first = ''] = key.split(/[.[]/);
  if (['seeds', 'name', 'description'].includes(first)) return first;
  const path = key.replace(/^(base|grid)\.?/, '').replace(/\[.*$/, '');
  const exact = states.find(({ field, axisPath }) => field.path === path || axisPath === path);
  if (exact) return exact.field.path;
  if (path === 'task') return path;
  // `adapter.nTie` where the adapter has none, `data` where it is missing: at the first row of that part.
  const [part = ''] = path.split('.');
  return states.find(({ field }) => part !== '' && field.path.startsWith(`${part}.`))?.field.path ?? '';
}

/** Row → what is wrong there. */
export function problemsByRow(
  problems: readonly Problem[],
  states: readonly SettingState[],
): ReadonlyMap<string, Problem[]> {
  return Map.groupBy(problems, (problem) => rowOfProblem(problem, states));
}

/** A frozen configuration as the base of a recipe: what equals its default is left out. */
export function baseOfConfig(config: Settings): Settings {
  const fields = settingFieldsFor((path) => valueAt(config, path));
  const choosers = new Set(CHOOSERS.keys());
  let base: Settings = {};
  for (const { path, default: standard } of fields) {
    const value = valueAt(config, path);
    const isDefault = JSON.stringify(value) === JSON.stringify(standard) && !choosers.has(path);
    if (!NOT_IN_FORM.has(path) && value !== undefined && !isDefault) base = withValue(base, path.split('.'), value);
  }
  return base;
}

function withValue(settings: Settings, keys: readonly string[], value: unknown): Settings {
  const [key = '', ...rest] = keys;
  const inner = settings[key];
  return { ...settings, [key]: rest.length === 0 ? value : withValue(isSettings(inner) ? inner : {}, rest, value) };
}
