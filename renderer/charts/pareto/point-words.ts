// How points and their values are written in charts and tables of fronts. Pure; runs in the renderer.
import type { ParetoPoint, ParetoResult } from '../../../contracts/analysis.ts';
import {
  MISSING,
  formatDifference,
  formatMeasure,
  formatRate,
  formatRateHalfWidth,
  formatRateInterval,
  formatShortCount,
} from '../../format.ts';
import { isRate } from './pareto-option.ts';

/** Problems behind the y objective, seeds together. */
export function observationsOf(point: ParetoPoint, { objectives }: Pick<ParetoResult, 'objectives'>): number {
  const mode = objectives[1]?.key.startsWith('greedy') ? 'greedy' : 'sampled';
  const accuracy = point[mode] ?? point.sampled ?? point.greedy;
  return accuracy === null ? 0 : accuracy.problems * accuracy.samples;
}

/** A value of y without interval. */
export function valueText(value: number, result: Pick<ParetoResult, 'objectives'>, n = 1000): string {
  if (isRate(result)) return formatRate(value, n);
  return result.objectives[1]?.key.endsWith('@gain') ? formatDifference(value, n) : formatMeasure(value);
}

/** The y objective with its interval: `54.1% ±3.9` over seeds, `54.1% [49.8, 58.4]` else. */
export function scoreText(point: ParetoPoint, result: Pick<ParetoResult, 'objectives'>): string {
  const objective = point.objectives[1];
  if (objective === undefined) return MISSING;
  const n = observationsOf(point, result);
  const { value, interval } = objective;
  const text = valueText(value, result, n);
  if (interval === null || !Number.isFinite(interval.low)) return text;
  const { low, high, kind } = interval;
  if (!isRate(result)) return `${text} [${formatMeasure(low)}, ${formatMeasure(high)}]`;
  if (kind === 'student-over-seeds') return `${text} ${formatRateHalfWidth((high - low) / 2, n)}`;
  return `${text} ${formatRateInterval(low, high, n)}`;
}

/** Beside a point: its size and what it reaches; of a selected one its whole name. */
export function shortPointLabel(
  point: ParetoPoint,
  result: Pick<ParetoResult, 'objectives'>,
  isSelected: boolean,
): string {
  const value = valueText(point.objectives[1]?.value ?? NaN, result, observationsOf(point, result));
  if (isSelected || point.numbers === null) return `${point.label} · ${value}`;
  return `${formatShortCount(point.numbers)} · ${value}`;
}
