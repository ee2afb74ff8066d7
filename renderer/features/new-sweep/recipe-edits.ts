// What a change in the form means for the recipe: the edits that state it. Pure; runs in the renderer.
import { SETTING_FIELDS } from '../../../contracts/setting-fields.ts';
import type { SettingField } from '../../../contracts/setting-fields.ts';
import { CHOOSERS, isSettings, settingsIn, valueAt } from './recipe-content.ts';
import type { Content, SettingState, Task } from './recipe-content.ts';
import { fieldText } from './recipe-text.ts';
import type { Edit } from './recipe-text.ts';

/** Settings that come with a task and that a recipe need not state beside it. */
const TASK_KEYS = ['data', 'prompt', 'grader', 'maxPromptTokens', 'maxCompletionTokens', 'stop'];

/**
 * States a setting, or no longer. A chooser replaces the whole choice; what both variants have is carried over.
 * @param states of all settings: what stands beside an unstated choice has to state the choice, too
 */
export function settingEdits(
  content: Content,
  { field, axisPath }: SettingState,
  value: unknown,
  states: readonly SettingState[],
): Edit[] {
  const base = settingsIn(content, 'base');
  if (!CHOOSERS.has(field.path)) {
    if (value === undefined) return withoutEmptyParents(base, field.path);
    const chooser = states.find((state) => state.field.path === field.when?.path);
    const isChoiceOpen = chooser !== undefined && !chooser.isStated && chooser.taskValue === undefined;
    const choice = isChoiceOpen ? [{ path: ['base', ...chooser.field.path.split('.')], value: chooser.value }] : [];
    return [...choice, { path: ['base', ...field.path.split('.')], value }];
  }
  if (value === undefined) return [{ path: ['base', axisPath] }];
  const [, key = ''] = field.path.split('.');
  const before = valueAt(base, axisPath);
  const kept = Object.entries(isSettings(before) ? before : {}).filter(([name]) => {
    return name !== key && variantHas(`${axisPath}.${name}`, fieldText(value));
  });
  return [{ path: ['base', axisPath], value: { [key]: value, ...Object.fromEntries(kept) } }];
}

function variantHas(path: string, variant: string): boolean {
  return SETTING_FIELDS.some((field) => field.path === path && (field.when?.values.includes(variant) ?? false));
}

/** Takes a setting away, and objects around it that are empty then. */
function withoutEmptyParents(base: unknown, path: string): Edit[] {
  const keys = path.split('.');
  const parent = keys.slice(0, -1).join('.');
  const around = parent === '' ? null : valueAt(base, parent);
  const isLast = isSettings(around) && Object.keys(around).length === 1;
  return [{ path: ['base', ...(isLast ? keys.slice(0, -1) : keys)] }];
}

/** Makes a setting an axis, changes the axis, or makes it a single value again. */
export function axisEdits(content: Content, path: string, axis: unknown): Edit[] {
  if (axis !== undefined) return [{ path: ['grid', path], value: axis }];
  const isLast = Object.keys(settingsIn(content, 'grid')).length === 1;
  return [{ path: isLast ? ['grid'] : ['grid', path] }];
}

/** A built-in task in place of what the recipe states about data, prompt and grader; null: its settings, written out. */
export function taskEdits(content: Content, tasks: readonly Task[], name: string | null): Edit[] {
  const base = settingsIn(content, 'base');
  if (name !== null) {
    const stated = TASK_KEYS.filter((key) => key in base);
    return [...stated.map((key) => ({ path: ['base', key] })), { path: ['base', 'task'], value: name }];
  }
  const task = tasks.find((candidate) => candidate.name === base['task']);
  const settings = Object.entries(task?.settings ?? {}).filter(([key]) => !(key in base));
  return [{ path: ['base', 'task'] }, ...settings.map(([key, value]) => ({ path: ['base', key], value }))];
}

/** What a text in a field of this kind means; text that means nothing of the kind stays, and the check names it. */
export function valueOfText(field: Pick<SettingField, 'kind' | 'nullable'>, text: string): unknown {
  const trimmed = text.trim();
  if (field.nullable && trimmed === 'null') return null;
  if (field.kind === 'boolean' && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
  if (field.kind !== 'integer' && field.kind !== 'number') return text;
  const number = Number(trimmed.replace('\u2212', '-'));
  return trimmed !== '' && Number.isFinite(number) ? number : text;
}
