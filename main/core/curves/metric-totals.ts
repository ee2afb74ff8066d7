// Running totals of metrics over all their points, given at a few steps. Runs in the host's query thread.
import type { MetricTotals, MetricTotalsQuery } from '../../../contracts/metric-window.ts';
import { bucketSteps } from './metric-window.ts';
import type { PointSource } from './metric-window.ts';

const ALL_STEPS = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

/** One entry a name, in the query's order; a total stands at the last point of each bucket. */
export function metricTotals(source: PointSource, { run, names, buckets }: MetricTotalsQuery): MetricTotals[] {
  const runNumber = source.runs.numberOf(run);
  return names.map((name) => {
    const nameId = source.metrics.nameId(name);
    const points = nameId === null ? { steps: [], values: [] } : source.metrics.points(runNumber, nameId, ALL_STEPS);
    return { name, ...totalsByBucket(points, buckets) };
  });
}

/** Edges lie at multiples of a power of two, as those of curves do. */
export function totalsByBucket(
  { steps, values }: { steps: readonly number[]; values: readonly number[] },
  buckets: number,
): Omit<MetricTotals, 'name'> {
  const width = bucketSteps((steps.at(-1) ?? 0) - (steps[0] ?? 0) + 1, buckets);
  const answer = { steps: [] as number[], totals: [] as number[] };
  let total = 0;
  for (const [index, step] of steps.entries()) {
    total += values[index] ?? 0;
    const next = steps[index + 1];
    if (next !== undefined && Math.floor(next / width) === Math.floor(step / width)) continue;
    answer.steps.push(step);
    answer.totals.push(total);
  }
  return answer;
}
