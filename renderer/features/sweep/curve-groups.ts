// Which settings of a sweep are drawn as curves, and their bands as lines. Pure; runs in the renderer.
import type { CurveBand } from '../../../contracts/metric-window.ts';
import type { SweepGrid, SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import type { LinePoint } from '../../charts/line-series.ts';
import type { Mode } from './score-words.ts';

/** As many lines as the eye can tell apart: one a slot. */
export const MOST_GROUPS = 8;

/** Settings with runs that have begun, the best first, then those without a result. */
export function curveGroups({ settings }: Pick<SweepGrid, 'settings'>, mode: Mode): SweepGridSetting[] {
  const begun = settings.filter(({ role, cells }) => role === 'cell' && cells.some(({ lastStep }) => lastStep > 0));
  return begun.toSorted((left, right) => (right[mode]?.value ?? -1) - (left[mode]?.value ?? -1));
}

/**
 * Means with their intervals, which need two runs; steps that were no number among them.
 * @param range of values there can be: Student's interval of few seeds goes beyond
 */
export function bandPoints(
  { steps, means, lows, highs, counts, marks }: CurveBand,
  [lowest, highest]: readonly [number, number],
): LinePoint[] {
  const points = steps.map((x, index): LinePoint => {
    const [low, high] = [lows[index] ?? null, highs[index] ?? null];
    const point = { x, y: means[index] ?? NaN, n: counts[index] ?? 0 };
    return low === null || high === null
      ? point
      : { ...point, low: Math.max(lowest, low), high: Math.min(highest, high) };
  });
  const marked = marks.map(({ step, value }) => ({ x: step, y: Number(value) }));
  return [...points, ...marked].sort((left, right) => left.x - right.x);
}
