// How a setting's result is written, in the grid, in the line of the best and in files. Pure; runs in the renderer.
import type { CellScore, SettingScore, SweepGrid, SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import { shownState } from '../../../contracts/run-state.ts';
import type { ChartTable } from '../../charts/chart-table.ts';
import { MISSING, formatDifference, formatRate, formatRateHalfWidth, formatRateInterval } from '../../format.ts';

export const MODES = ['sampled', 'greedy'] as const;
export type Mode = (typeof MODES)[number];

/** What a place of the grid says of its seeds: their mean with Student's interval, or each by itself. */
export const SEEDS_SHOWN = ['t', 'each'] as const;
export type SeedsShown = (typeof SEEDS_SHOWN)[number];

/** Answers behind a score. */
export function observationsOf({ problems, samples, seeds }: SettingScore): number {
  return problems * samples * seeds;
}

/** `38.1% ±2.6` over seeds, `38.1% [36.0, 40.2]` of one. */
export function scoreText(score: SettingScore | null): string {
  if (score === null) return MISSING;
  const n = observationsOf(score);
  const value = formatRate(score.value, n);
  const { interval } = score;
  if (interval === null || !Number.isFinite(interval.low) || !Number.isFinite(interval.high)) return value;
  if (interval.kind === 'student-over-seeds') {
    return `${value} ${formatRateHalfWidth((interval.high - interval.low) / 2, n)}`;
  }
  return `${value} ${formatRateInterval(interval.low, interval.high, n)}`;
}

/** `54.1% [49.8, 58.4]` of one cell; its interval only where it is known. */
export function cellScoreText({ value, interval, problems, samples }: CellScore): string {
  const n = problems * samples;
  const text = formatRate(value, n);
  return interval === null ? text : `${text} ${formatRateInterval(interval.low, interval.high, n)}`;
}

/** `+54.8 pt [51.0, 58.5]`; null where it was not worked out. */
export function gainText(score: SettingScore | null): string | null {
  if (score === null || score.gain === null) return null;
  const n = observationsOf(score);
  const { value, interval } = score.gain;
  return `${formatDifference(value, n)} ${formatRateInterval(interval.low, interval.high, n)}`;
}

/** A row a cell: what is exported as CSV and JSON. */
export function cellTable({ axes, settings }: Pick<SweepGrid, 'axes' | 'settings'>): ChartTable {
  const scores = MODES.flatMap((mode) => [mode, `${mode}Low`, `${mode}High`, `${mode}Seeds`, `${mode}OfCell`]);
  return {
    columns: [
      ...['setting', 'role', 'numbers', ...axes.map(({ path }) => path)],
      ...['run', 'seed', 'state', 'lastStep', 'totalSteps', 'failure', ...scores],
    ],
    rows: settings.flatMap((setting) =>
      setting.cells.map((cell) => [
        ...[setting.label, setting.role, setting.numbers, ...setting.values.map(plainValue)],
        ...[`r${cell.number}`, cell.seed, shownState(cell), cell.lastStep, cell.totalSteps],
        cell.failure?.message ?? null,
        ...MODES.flatMap((mode) => [...scoreColumns(setting, mode), cell[mode]?.value ?? null]),
      ]),
    ),
  };
}

/** Of the setting, seeds averaged: the same in each of its rows. */
function scoreColumns(setting: SweepGridSetting, mode: Mode): (number | null)[] {
  const score = setting[mode];
  return [score?.value ?? null, score?.interval?.low ?? null, score?.interval?.high ?? null, score?.seeds ?? 0];
}

function plainValue(value: SweepGridSetting['values'][number]): string | number | null {
  return typeof value === 'boolean' ? String(value) : value;
}
