// The dialog's fields for a grid axis, as texts, and the axis that they stand for. Pure; runs in the renderer.
import { GridAxis, axisValues } from '../../../contracts/axes.ts';
import { isSettings } from './recipe-content.ts';
import { fieldText, inlineText, inlineValue } from './recipe-text.ts';

export type AxisKind = 'list' | 'range' | 'logRange' | 'random' | 'choice';

/** Numbers have all but `choice`; whatever else is listed, or drawn from a list. */
export const NUMBER_KINDS: readonly AxisKind[] = ['list', 'range', 'logRange', 'random'];
export const OTHER_KINDS: readonly AxisKind[] = ['list', 'choice'];

export interface AxisForm {
  kind: AxisKind;
  /** One value a line. */
  list: string;
  from: string;
  to: string;
  step: string;
  count: string;
  scale: 'linear' | 'log';
  seed: string;
}

/** What a new axis begins with: the value that holds now. */
export function axisForm(axis: unknown, current: unknown): AxisForm {
  const start = typeof current === 'number' ? String(current) : '';
  const empty: AxisForm = {
    kind: 'list',
    list: current === undefined || current === null ? '' : inlineText(current),
    from: start,
    to: '',
    step: '1',
    count: '5',
    scale: 'linear',
    seed: '0',
  };
  if (Array.isArray(axis)) return { ...empty, list: axis.map(inlineText).join('\n') };
  if (!isSettings(axis)) return empty;
  const [kind = 'list', rule] = Object.entries(axis)[0] ?? [];
  if (!isSettings(rule) || !isAxisKind(kind)) return empty;
  const text = (key: string, missing: string) => (rule[key] === undefined ? missing : fieldText(rule[key]));
  return {
    kind,
    list: Array.isArray(rule['of']) ? rule['of'].map(inlineText).join('\n') : empty.list,
    from: text('from', ''),
    to: text('to', ''),
    step: text('step', '1'),
    count: text('count', '5'),
    scale: rule['scale'] === 'log' ? 'log' : 'linear',
    seed: text('seed', '0'),
  };
}

function isAxisKind(kind: string): kind is AxisKind {
  return [...NUMBER_KINDS, ...OTHER_KINDS].some((known) => known === kind);
}

export interface AxisOutcome {
  axis: unknown;
  values: unknown[];
  /** Field of the form → what is wrong; `form` for the whole. */
  errors: Partial<Record<keyof AxisForm | 'form', string>>;
}

/** @param isInteger whether the setting takes whole numbers alone */
export function axisOfForm(form: AxisForm, isInteger: boolean): AxisOutcome {
  const axis = statedAxis(form, isInteger);
  const parsed = GridAxis.safeParse(axis);
  if (parsed.success) return { axis, values: axisValues(parsed.data), errors: {} };
  const errors: AxisOutcome['errors'] = {};
  const found = parsed.error.issues.flatMap((issue) =>
    issue.code === 'invalid_union' ? deepest(issue.errors) : [issue],
  );
  for (const { path, message } of found) {
    const key = String(path.at(-1) ?? '');
    errors[isFormKey(key, form) ? key : 'form'] = message;
  }
  return { axis, values: [], errors };
}

/** Of a union's branches the complaints of the one that got furthest: the rule that was meant. */
function deepest<Issue extends { path: PropertyKey[] }>(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (branch: readonly Issue[]) => Math.max(0, ...branch.map(({ path }) => path.length));
  return branches.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best), []);
}

function isFormKey(key: string, form: AxisForm): key is keyof AxisForm {
  return key in form;
}

function statedAxis(form: AxisForm, isInteger: boolean): unknown {
  const { from, to, step, count, scale, seed } = form;
  const whole = isInteger ? { integer: true } : {};
  const ends = { from: numberOf(from), to: numberOf(to) };
  switch (form.kind) {
    case 'list':
      return listed(form.list);
    case 'range':
      return { range: { ...ends, step: numberOf(step) } };
    case 'logRange':
      return { logRange: { ...ends, count: numberOf(count), ...whole } };
    case 'random':
      return {
        random: {
          ...ends,
          count: numberOf(count),
          ...(scale === 'log' ? { scale } : {}),
          ...whole,
          seed: numberOf(seed),
        },
      };
    case 'choice':
      return { choice: { of: listed(form.list), count: numberOf(count), seed: numberOf(seed) } };
  }
}

/** NaN where it is no number, which the check of the axis names. */
function numberOf(text: string): number {
  return text.trim() === '' ? NaN : Number(text.trim().replace('\u2212', '-'));
}

/** A line is YAML; several values on one line may be parted by commas, outside brackets. */
function listed(text: string): unknown[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line) => {
      const several = inlineValue(`[${line}]`)?.value;
      return Array.isArray(several) && several.length > 0 ? (several as unknown[]) : [line];
    });
}
