// How the table of runs is looked at: columns, order, filter, as the address writes them. Pure; runs in the renderer.
import type { RunTableQuery } from '../../../contracts/run-table.ts';

export interface ColumnChoice {
  /** As contracts/run-table.ts has it; a metric without a place follows the view's own. */
  key: string;
  isPinned: boolean;
}

/** Which of a metric's values is shown where its column does not say. */
export type MetricPlace = 'last' | 'best' | `step:${number}`;

export type Sort = RunTableQuery['sort'];

export const DEFAULT_COLUMNS =
  '^state,^label,numbers,sampled,greedy,lr,seed,progress,reward/mean,tags,note,sweep,created';

const PINNED = '^';
const DESCENDING = '-';

/** `^state,^label,numbers`: pinned ones have a caret, and stand first. */
export function parseColumns(text: string): ColumnChoice[] {
  const choices = text.split(',').flatMap((part) => {
    const isPinned = part.startsWith(PINNED);
    const key = isPinned ? part.slice(1) : part;
    return key === '' ? [] : [{ key, isPinned }];
  });
  const unique = [...new Map(choices.map((choice) => [choice.key, choice])).values()];
  return [...unique.filter(({ isPinned }) => isPinned), ...unique.filter(({ isPinned }) => !isPinned)];
}

export function formatColumns(columns: readonly ColumnChoice[]): string {
  return columns.map(({ key, isPinned }) => `${isPinned ? PINNED : ''}${key}`).join(',');
}

/** `-sampled,lr`: the most important first, a minus for descending. */
export function parseSort(text: string): Sort {
  return text.split(',').flatMap((part) => {
    const descending = part.startsWith(DESCENDING);
    const key = descending ? part.slice(1) : part;
    return key === '' ? [] : [{ key, descending }];
  });
}

export function formatSort(sort: Sort): string {
  return sort.map(({ key, descending }) => `${descending ? DESCENDING : ''}${key}`).join(',');
}

/** The order after a click on a heading: ascending, descending, none. @param keepOthers it becomes one more key */
export function nextSort(sort: Sort, key: string, keepOthers: boolean): Sort {
  const current = sort.find((entry) => entry.key === key);
  const next =
    current === undefined ? [{ key, descending: false }] : current.descending ? [] : [{ key, descending: true }];
  if (!keepOthers) return next;
  if (current === undefined) return [...sort, ...next];
  return sort.flatMap((entry) => (entry === current ? next : [entry]));
}

/** Null for a text that is none. */
export function parsePlace(text: string): MetricPlace | null {
  if (text === 'last' || text === 'best') return text;
  const [, step] = /^step:(\d{1,9})$/.exec(text) ?? [];
  return step === undefined ? null : `step:${Number(step)}`;
}

export function isMetric(key: string): boolean {
  return key.startsWith('metric:') || key.includes('/');
}

const PLACE = /@(last|best|min|max|\d+)$/;

/** The key that the host is asked for: a metric's place is the view's where the column has none of its own. */
export function queryKey(key: string, place: MetricPlace): string {
  return isMetric(key) && !PLACE.test(key) ? `${key}@${place.replace('step:', '')}` : key;
}

/** `reward/mean@best` → its name and its own place; null: it follows the view. */
export function splitMetric(key: string): { name: string; place: string | null } {
  const [, place] = PLACE.exec(key) ?? [];
  return { name: key.replace(PLACE, ''), place: place ?? null };
}

/** `from` stands at `to` afterwards; pinned columns stay before the others. */
export function movedColumns(columns: readonly ColumnChoice[], from: number, to: number): ColumnChoice[] {
  const moved = columns[from];
  if (moved === undefined) return [...columns];
  const pinned = columns.filter(({ isPinned }) => isPinned).length;
  const [least, most] = moved.isPinned ? [0, pinned - 1] : [pinned, columns.length - 1];
  return columns.toSpliced(from, 1).toSpliced(Math.max(least, Math.min(most, to)), 0, moved);
}

/** Pinned or not, at the end of the pinned columns or at the start of the others. */
export function withPin(columns: readonly ColumnChoice[], key: string, isPinned: boolean): ColumnChoice[] {
  const others = columns.filter((column) => column.key !== key);
  const pinned = others.filter((column) => column.isPinned).length;
  return others.toSpliced(pinned, 0, { key, isPinned });
}
