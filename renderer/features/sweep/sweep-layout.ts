// How a sweep's settings lie in a grid: two varied settings as rows and columns, the others as facets; and what of it is
// done or missing. Pure; runs in the renderer.
import type { SettingValue } from '../../../contracts/analysis.ts';
import type { RunState } from '../../../contracts/run-state.ts';
import { shownState } from '../../../contracts/run-state.ts';
import type { ShownState } from '../../../contracts/run-state.ts';
import { ADAPTER_AXIS } from '../../../contracts/sweep-grid.ts';
import type { SweepGrid, SweepGridAxis, SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import { formatCount, formatSetting } from '../../format.ts';

/** Wider grids, and those with fewer of their places filled, are read better as a list. */
const MOST_COLUMNS = 24;
const LEAST_FILLED = 0.2;

export type GridItem =
  /** `values` of the facet; null: the baselines. */
  | { kind: 'heading'; values: readonly FacetValue[] | null }
  | { kind: 'row'; label: string; settings: readonly (SweepGridSetting | null)[] };

export interface FacetValue {
  path: string;
  value: string;
}

export interface GridLayout {
  rowPath: string | null;
  columnPath: string | null;
  /** Heads of the columns; one without a text where nothing stands in columns. */
  columns: readonly string[];
  items: readonly GridItem[];
}

export function settingText(value: SettingValue): string {
  return typeof value === 'number' ? formatSetting(value) : String(value);
}

/** Rows are the varied setting with the most values, columns the next; what another setting decides needs no place. */
export function gridLayout({ axes, settings }: Pick<SweepGrid, 'axes' | 'settings'>): GridLayout {
  const cells = settings.filter(({ role }) => role === 'cell');
  const baselines = settings.filter(({ role }) => role === 'baseline');
  const free = axes.filter(({ follows }) => follows === null);
  const [rows, columns, ...facets] = free.toSorted((left, right) => right.values.length - left.values.length);
  const isGrid = rows !== undefined && columns !== undefined && isDense(cells.length, [rows, columns, ...facets]);
  const grid = isGrid ? facetItems(axes, cells, { rows, columns, facets }) : cells.map(listRow);
  return {
    rowPath: isGrid ? rows.path : null,
    columnPath: isGrid ? columns.path : null,
    columns: isGrid ? columns.values.map(settingText) : [''],
    items: [
      ...grid,
      ...(baselines.length > 0 ? [{ kind: 'heading', values: null } as const, ...baselines.map(listRow)] : []),
    ],
  };
}

function isDense(cells: number, free: readonly SweepGridAxis[]): boolean {
  const places = free.reduce((product, { values }) => product * values.length, 1);
  return (free[1]?.values.length ?? 0) <= MOST_COLUMNS && cells >= LEAST_FILLED * places;
}

function listRow(setting: SweepGridSetting): GridItem {
  return { kind: 'row', label: setting.label, settings: [setting] };
}

interface Placing {
  rows: SweepGridAxis;
  columns: SweepGridAxis;
  facets: readonly SweepGridAxis[];
}

function facetItems(
  axes: readonly SweepGridAxis[],
  cells: readonly SweepGridSetting[],
  { rows, columns, facets }: Placing,
): GridItem[] {
  const at = ({ values }: SweepGridSetting, axis: SweepGridAxis) => settingText(values[axes.indexOf(axis)] ?? null);
  const byFacet = new Map<string, SweepGridSetting[]>();
  for (const cell of cells) {
    const key = JSON.stringify(facets.map((axis) => at(cell, axis)));
    byFacet.set(key, [...(byFacet.get(key) ?? []), cell]);
  }
  return [...byFacet.values()].flatMap((members): GridItem[] => {
    const byPlace = new Map(members.map((cell) => [JSON.stringify([at(cell, rows), at(cell, columns)]), cell]));
    const [first] = members;
    const heading = first && facets.map((axis) => ({ path: axis.path, value: at(first, axis) }));
    const lines = rows.values.map(settingText).map((row): GridItem & { kind: 'row' } => ({
      kind: 'row',
      label: rowLabel(rows, row, members, axes),
      settings: columns.values.map((column) => byPlace.get(JSON.stringify([row, settingText(column)])) ?? null),
    }));
    return [
      ...(heading && heading.length > 0 ? [{ kind: 'heading' as const, values: heading }] : []),
      ...lines.filter(({ settings }) => settings.some((setting) => setting !== null)),
    ];
  });
}

/** An adapter is known by its numbers first. */
function rowLabel(
  axis: SweepGridAxis,
  value: string,
  members: readonly SweepGridSetting[],
  axes: readonly SweepGridAxis[],
): string {
  if (axis.path !== ADAPTER_AXIS) return value;
  const index = axes.indexOf(axis);
  const numbers = members.find(({ values }) => settingText(values[index] ?? null) === value)?.numbers ?? null;
  return numbers === null ? value : `${formatCount(numbers)} · ${value}`;
}

/** Cells of the settings by how their state is shown. */
export function countStates(settings: readonly SweepGridSetting[]): Map<ShownState, number> {
  const counts = new Map<ShownState, number>();
  for (const { cells } of settings) {
    for (const cell of cells) counts.set(shownState(cell), (counts.get(shownState(cell)) ?? 0) + 1);
  }
  return counts;
}

/** What "retry missing" queues. */
const MISSING_STATES: readonly RunState[] = ['failed', 'cancelled', 'paused'];
const UNSETTLED_STATES: readonly RunState[] = ['queued', 'running', 'paused', 'interrupted'];

export interface SweepProgress {
  cells: number;
  done: number;
  failed: number;
  missing: number;
  /** Can still be cancelled. */
  unsettled: number;
  running: number;
}

export function sweepProgress(settings: readonly SweepGridSetting[]): SweepProgress {
  const states = settings.flatMap(({ cells }) => cells.map(({ state }) => state));
  const count = (wanted: readonly RunState[]) => states.filter((state) => wanted.includes(state)).length;
  return {
    cells: states.length,
    done: count(['done']),
    failed: count(['failed']),
    missing: count(MISSING_STATES),
    unsettled: count(UNSETTLED_STATES),
    running: count(['running']),
  };
}

/** Mean time of a step over the cells that are done, evaluations included; null while there is none. */
export function meanStepMs(settings: readonly SweepGridSetting[]): { stepMs: number; runs: number } | null {
  let durationMs = 0;
  let steps = 0;
  let runs = 0;
  for (const { cells } of settings) {
    for (const { state, startedAtMs, endedAtMs, totalSteps } of cells) {
      if (state !== 'done' || startedAtMs === null || endedAtMs === null || totalSteps === 0) continue;
      durationMs += endedAtMs - startedAtMs;
      steps += totalSteps;
      runs += 1;
    }
  }
  return steps === 0 ? null : { stepMs: durationMs / steps, runs };
}

/** The setting that a run belongs to, by its short name or id. */
export function settingOfRun(settings: readonly SweepGridSetting[], reference: string): SweepGridSetting | undefined {
  return settings.find(({ cells }) =>
    cells.some(({ number, runId }) => `r${number}` === reference || runId === reference),
  );
}
