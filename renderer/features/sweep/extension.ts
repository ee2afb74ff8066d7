// What the extend dialog's fields mean. Pure; runs in the renderer.
import { parse } from 'yaml';
import type { SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import type { Extension } from './sweep-actions.ts';

export interface ExtensionForm {
  /** `2, 3, 4-9` */
  seeds: string;
  steps: string;
  path: string;
  /** `0.003, 0.1` */
  values: string;
}

export const EMPTY_FORM: ExtensionForm = { seeds: '', steps: '', path: '', values: '' };

export type FieldProblem = 'seeds' | 'steps' | 'path' | 'values';

const MOST_SEEDS = 1000;

/** @returns the extension, and the fields that cannot be read; null where nothing is asked for */
export function readExtension(form: ExtensionForm): { extension: Extension | null; problems: FieldProblem[] } {
  const seeds = readSeeds(form.seeds);
  const steps = readSteps(form.steps);
  const path = form.path.trim();
  const values = readValues(form.values);
  const problems: FieldProblem[] = [
    ...(seeds === undefined ? (['seeds'] as const) : []),
    ...(steps === undefined ? (['steps'] as const) : []),
    ...(values === undefined ? (['values'] as const) : []),
    ...(values !== undefined && values.length > 0 && path === '' ? (['path'] as const) : []),
  ];
  if (problems.length > 0 || seeds === undefined || steps === undefined || values === undefined) {
    return { extension: null, problems };
  }
  const isEmpty = seeds.length === 0 && steps === null && values.length === 0;
  const axes = values.length === 0 ? [] : [{ path, values }];
  return { extension: isEmpty ? null : { seeds, steps, values: axes }, problems };
}

/** Numbers and ranges, parted by commas or blanks; undefined where something is neither. */
function readSeeds(text: string): number[] | undefined {
  const seeds = new Set<number>();
  for (const part of text.split(/[\s,，]+/).filter((each) => each !== '')) {
    const [, from, to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
    if (from === undefined) return undefined;
    const [first, last] = [Number(from), Number(to)];
    if (last < first || last - first >= MOST_SEEDS) return undefined;
    for (let seed = first; seed <= last; seed += 1) seeds.add(seed);
  }
  return seeds.size > MOST_SEEDS ? undefined : [...seeds];
}

function readSteps(text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  return /^[1-9]\d{0,8}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** As the items of a YAML list: numbers, words, true and false. */
function readValues(text: string): unknown[] | undefined {
  try {
    const values: unknown = parse(`[${text.replaceAll('，', ',')}]`);
    return Array.isArray(values) ? values : undefined;
  } catch {
    return undefined;
  }
}

/** The next seed that no cell has. */
export function nextSeed(settings: readonly SweepGridSetting[]): number {
  return settings.reduce((next, { cells }) => cells.reduce((high, { seed }) => Math.max(high, seed + 1), next), 0);
}
