// The results of the sides as rows of numbers, for the table, the clipboard and files. Pure; runs in the renderer.
import type { AccuracyEstimate, CompareRunsResult, RunDifference } from '../../../contracts/analysis.ts';
import type { CurveBand } from '../../../contracts/metric-window.ts';
import type { IntervalKind } from '../../../contracts/run-table.ts';
import type { ChartTable } from '../../charts/chart-table.ts';
import type { Aggregate, CurvePlace } from './compare-state.ts';
import type { ComparedSetting, Side } from './sides.ts';

type ResultSide = CompareRunsResult['sides'][number];

export interface Estimate {
  value: number;
  low: number;
  high: number;
  kind: IntervalKind;
  /** Problems behind it. */
  problems: number;
  /** Runs that it is the mean of. */
  runs: number;
}

/** A side's accuracy; over seeds where that is asked for and there are several. */
export function estimateOf({ accuracy, overSeeds }: ResultSide, aggregate: Aggregate): Estimate | null {
  if (accuracy === null) return null;
  const chosen: Pick<AccuracyEstimate, 'value' | 'interval'> =
    aggregate === 't' && overSeeds !== null ? { value: overSeeds.mean, interval: overSeeds.interval } : accuracy;
  const { low, high, kind } = chosen.interval;
  return { value: chosen.value, low, high, kind, problems: accuracy.problems, runs: overSeeds?.seeds ?? 1 };
}

/** What the interval of a difference says, alone and after the correction over all comparisons. */
export function verdictOf({ interval, isSignificant }: RunDifference): 'significant' | 'aloneOnly' | 'includesZero' {
  const excludesZero = interval.low > 0 || interval.high < 0;
  if (!excludesZero) return 'includesZero';
  return isSignificant ? 'significant' : 'aloneOnly';
}

export interface BandValue {
  step: number;
  value: number;
  low: number | null;
  high: number | null;
  runs: number;
}

/** A curve's mean at the chosen place: at a step or, missing there, the last before it. */
export function bandValue(band: CurveBand, place: CurvePlace): BandValue | null {
  let index = band.steps.length - 1;
  if (place.kind === 'step') index = band.steps.findLastIndex((step) => step <= place.step);
  if (place.kind === 'best')
    index = band.means.reduce((best, mean, at) => (mean > (band.means[best] ?? mean) ? at : best), 0);
  const [step, value] = [band.steps[index], band.means[index]];
  if (step === undefined || value === undefined) return null;
  return { step, value, low: band.lows[index] ?? null, high: band.highs[index] ?? null, runs: band.counts[index] ?? 0 };
}

export interface ModeResult {
  mode: 'sampled' | 'greedy';
  result: CompareRunsResult | undefined;
}

export interface ComparisonSource {
  sides: readonly Side[];
  settings: readonly ComparedSetting[];
  modes: readonly ModeResult[];
  aggregate: Aggregate;
  metric: string;
  values: readonly (BandValue | null)[];
}

/** All of the comparison in full precision: a row a setting or number, a column a side. */
export function comparisonTable({ sides, settings, modes, aggregate, metric, values }: ComparisonSource): ChartTable {
  const column = (index: number, of: (side: ResultSide) => number | null | undefined, result: CompareRunsResult) => {
    const side = result.sides[index];
    return side === undefined ? null : (of(side) ?? null);
  };
  const ofMode = ({ mode, result }: ModeResult): (string | number | null)[][] => {
    if (result === undefined) return [];
    const row = (name: string, of: (side: ResultSide) => number | null | undefined) => [
      `${mode} ${name}`,
      ...sides.map((_side, index) => column(index, of, result)),
    ];
    return [
      row('accuracy', (side) => estimateOf(side, aggregate)?.value),
      row('low', (side) => estimateOf(side, aggregate)?.low),
      row('high', (side) => estimateOf(side, aggregate)?.high),
      row('n', (side) => side.accuracy?.problems),
      row('runs', (side) => estimateOf(side, aggregate)?.runs),
      row('difference to the first', (side) => side.against?.difference),
      row('difference low', (side) => side.against?.interval.low),
      row('difference high', (side) => side.against?.interval.high),
      row('p, Holm', (side) => side.against?.pHolm),
    ];
  };
  return {
    columns: ['setting', ...sides.map(({ label }) => label)],
    rows: [
      ...settings.map(({ path, copied }): (string | number | null)[] => [path, ...copied]),
      ...modes.flatMap(ofMode),
      [metric, ...sides.map((_side, index) => values[index]?.value ?? null)],
      [`${metric} step`, ...sides.map((_side, index) => values[index]?.step ?? null)],
    ],
  };
}

export function tableToTsv({ columns, rows }: ChartTable): string {
  const cell = (value: string | number | null) => (value === null ? '' : String(value).replaceAll(/[\t\r\n]+/g, ' '));
  return [columns, ...rows].map((row) => `${row.map(cell).join('\t')}\n`).join('');
}

export function tableToMarkdown({ columns, rows }: ChartTable): string {
  const cell = (value: string | number | null) =>
    value === null
      ? ''
      : String(value)
          .replaceAll('|', '\\|')
          .replaceAll(/[\r\n]+/g, ' ');
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = columns.map((_column, index) => (index === 0 ? '---' : '---:'));
  return [line(columns.map(cell)), line(rule), ...rows.map((row) => line(row.map(cell)))].join('');
}
