// The part of a front that was brushed: a range of x, of y, or of both. Pure; runs in the renderer.
import type { ParetoResult } from '../../../contracts/analysis.ts';
import { isInBrush } from '../parallel/parallel-axes.ts';
import type { AxisBrush } from '../parallel/parallel-axes.ts';

export interface BrushRange {
  low: number;
  high: number;
}

/** By axis; null: all of that axis. */
export interface FrontBrush {
  x: BrushRange | null;
  y: BrushRange | null;
}

/** Of brushes by axis, those of the two objectives that a front draws. */
export function frontBrush(
  { objectives: [x, y] }: Pick<ParetoResult, 'objectives'>,
  brushes: ReadonlyMap<string, AxisBrush>,
): FrontBrush {
  const range = (key: string | undefined) => {
    const brush = key === undefined ? undefined : brushes.get(key);
    return brush === undefined || 'values' in brush ? null : brush;
  };
  return { x: range(x?.key), y: range(y?.key) };
}

/** Keys of the points inside; null where nothing is brushed. */
export function brushedKeys(
  { points }: Pick<ParetoResult, 'points'>,
  { x, y }: FrontBrush,
): ReadonlySet<string> | null {
  if (x === null && y === null) return null;
  const kept = points.filter(({ objectives }) =>
    [x, y].every((range, axis) => range === null || isInBrush(objectives[axis]?.value ?? null, range)),
  );
  return new Set(kept.map(({ key }) => key));
}
