// What stands side by side: single runs, or groups of runs, with their settings. Pure; runs in the renderer.
import type { SettingRow, SettingValue } from '../../../contracts/analysis.ts';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { runLabel } from '../../app/run-names.ts';
import { MISSING, formatCount, formatSetting, fullPrecision } from '../../format.ts';

/** Every run for itself; runs that differ in their seed alone; runs with as many numbers; else the path of a setting. */
export type Grouping = 'none' | 'seeds' | 'numbers' | (string & {});

export interface Side {
  /** Names the side's colour in all charts of the window: the run's id, or the group's value. */
  key: string;
  label: string;
  runs: readonly RunSummary[];
  /** Places of its runs in the lists of the settings. */
  places: readonly number[];
}

export interface ComparedSetting {
  path: string;
  /** By side. */
  texts: readonly string[];
  /** By side, in full precision. */
  copied: readonly string[];
  differs: boolean;
}

const SEED_PATH = 'seed';
/** A group with more values of a setting names how many it has. */
const MOST_VALUES = 4;

/** @param settings of these runs, in their order */
export function sidesOf(runs: readonly RunSummary[], settings: readonly SettingRow[], grouping: Grouping): Side[] {
  const sides = new Map<string, { label: string; runs: RunSummary[]; places: number[] }>();
  for (const [place, run] of runs.entries()) {
    const { key, label } = groupOf(run, place, settings, grouping);
    const side = sides.get(key) ?? { label, runs: [], places: [] };
    side.runs.push(run);
    side.places.push(place);
    sides.set(key, side);
  }
  return [...sides].map(([key, side]) => ({ ...side, key: grouping === 'seeds' ? (side.runs[0]?.id ?? key) : key }));
}

function groupOf(run: RunSummary, place: number, settings: readonly SettingRow[], grouping: Grouping) {
  switch (grouping) {
    case 'none':
      return { key: run.id, label: `r${run.number} ${runLabel(run)}` };
    case 'seeds': {
      const others = settings.filter(({ path }) => path !== SEED_PATH);
      return { key: JSON.stringify(others.map((row) => [row.absent[place], row.values[place]])), label: run.label };
    }
    case 'numbers': {
      const numbers = formatCount(run.parameterCount);
      return { key: `numbers ${numbers}`, label: `${numbers} numbers` };
    }
    default: {
      const row = settings.find(({ path }) => path === grouping);
      const text = row === undefined ? MISSING : settingText(row, place);
      return { key: `${grouping} ${text}`, label: `${grouping} ${text}` };
    }
  }
}

/** Every setting with what each side has for it. */
export function comparedSettings(sides: readonly Side[], settings: readonly SettingRow[]): ComparedSetting[] {
  return settings.map((row) => {
    const texts = sides.map(({ places }) => distinct(places.map((place) => settingText(row, place))));
    const copied = sides.map(({ places }) => distinct(places.map((place) => copiedText(row, place))));
    return {
      path: row.path,
      texts: texts.map(shortened),
      copied: copied.map((values) => values.join(', ')),
      differs: copied.some((values) => values.join('\n') !== copied[0]?.join('\n')),
    };
  });
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort((left, right) => left.localeCompare(right, 'en', { numeric: true }));
}

function shortened(texts: readonly string[]): string {
  const rest = texts.length - MOST_VALUES;
  return rest > 0 ? `${texts.slice(0, MOST_VALUES).join(', ')}, +${rest}` : texts.join(', ');
}

function settingText(row: SettingRow, place: number): string {
  const value = row.values[place] ?? null;
  if (row.absent[place] || value === null) return row.absent[place] ? MISSING : 'null';
  return typeof value === 'number' ? formatSetting(value) : String(value);
}

function copiedText(row: SettingRow, place: number): string {
  if (row.absent[place]) return '';
  const value: SettingValue = row.values[place] ?? null;
  return typeof value === 'number' ? fullPrecision(value) : String(value);
}

/** The settings that runs can be grouped or coloured by: those that differ between any of them, but for the seed. */
export function varyingPaths(settings: readonly SettingRow[]): string[] {
  return settings.filter(({ path, differs }) => differs && path !== SEED_PATH).map(({ path }) => path);
}

/** Above so many sides no eye tells their colours apart, and colour follows one setting. */
export const MOST_COLOURS = 24;

/** By side: what its colour stands for. */
export function colourKeys(
  sides: readonly Side[],
  settings: readonly ComparedSetting[],
  colourBy: string | null,
): string[] {
  if (sides.length <= MOST_COLOURS || colourBy === null) return sides.map(({ key }) => key);
  const row = settings.find(({ path }) => path === colourBy);
  return sides.map((_side, index) => `${colourBy} ${row?.texts[index] ?? MISSING}`);
}
