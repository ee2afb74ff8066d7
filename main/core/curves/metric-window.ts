// Windows of curves: points by bucket with no extreme lost, and means over runs. Runs in the host's query thread.
import type {
  CurveBand,
  CurveBandQuery,
  MetricMark,
  MetricWindowQuery,
  WindowSeries,
} from '../../../contracts/metric-window.ts';
import { studentQuantile95 } from '../statistics.ts';

export interface StepRange {
  from: number;
  to: number;
}
interface Point {
  step: number;
  value: number;
}
export interface PointSource {
  runs: { numberOf: (id: string) => number };
  metrics: {
    nameId: (name: string) => number | null;
    extent: (
      runNumber: number,
      nameId: number,
      range: StepRange,
    ) => { count: number; first: number | null; last: number | null };
    lastStep: (runNumber: number, nameId: number) => number | null;
    points: (runNumber: number, nameId: number, range: StepRange) => { steps: number[]; values: number[] };
    /** First, smallest, largest and last point of a range, by step, each once. */
    extremes: (runNumber: number, nameId: number, range: StepRange) => Point[];
    marks: (runNumber: number, nameId: number, range: StepRange) => MetricMark[];
  };
}

/** Points a bucket keeps at most: first, smallest, largest, last. */
const POINTS_PER_BUCKET = 4;

function rangeOf({ from, to }: { from: number | null; to: number | null }): StepRange {
  return { from: from ?? Number.MIN_SAFE_INTEGER, to: to ?? Number.MAX_SAFE_INTEGER };
}

/** The smallest power of two that divides so many steps into no more than `buckets` parts. */
export function bucketSteps(steps: number, buckets: number): number {
  let width = 1;
  while (width * buckets < steps) width *= 2;
  return width;
}

/** One series a run and name, in the query's order; names that a run does not have come empty. */
export function metricWindows(source: PointSource, query: MetricWindowQuery): WindowSeries[] {
  return query.runs.flatMap((runId) => {
    const runNumber = source.runs.numberOf(runId);
    return query.names.map((name) => windowSeries(source, query, { runId, runNumber, name }));
  });
}

function windowSeries(
  { metrics }: PointSource,
  query: MetricWindowQuery,
  { runId, runNumber, name }: { runId: string; runNumber: number; name: string },
): WindowSeries {
  const nameId = metrics.nameId(name);
  const empty = { runId, name, steps: [], values: [], totalPoints: 0, bucketSteps: 1, marks: [], lastStep: null };
  if (nameId === null) return empty;
  const range = rangeOf(query);
  const { count, first, last } = metrics.extent(runNumber, nameId, range);
  const known = {
    ...empty,
    totalPoints: count,
    marks: metrics.marks(runNumber, nameId, range),
    lastStep: metrics.lastStep(runNumber, nameId),
  };
  if (first === null || last === null) return known;
  // Edges lie at multiples of the width, so that one bucket more than asked for may be needed.
  const width = bucketSteps(last - first + 1, query.buckets);
  if (width === 1 || count <= query.buckets * POINTS_PER_BUCKET) {
    return { ...known, ...metrics.points(runNumber, nameId, range) };
  }
  const points: Point[] = [];
  for (let start = Math.floor(first / width) * width; start <= last; start += width) {
    const bucket = { from: Math.max(start, range.from), to: Math.min(start + width - 1, range.to) };
    points.push(...metrics.extremes(runNumber, nameId, bucket));
  }
  return {
    ...known,
    steps: points.map(({ step }) => step),
    values: points.map(({ value }) => value),
    bucketSteps: width,
  };
}

interface Moments {
  count: number;
  mean: number;
  /** Sum of squared differences from the mean (Welford, 1962). */
  squares: number;
}

/** Mean and interval of every step from all points, then thinned: a mean is the same at any zoom and beside any group. */
export function curveBands(source: PointSource, query: CurveBandQuery): CurveBand[] {
  const nameId = source.metrics.nameId(query.name);
  return query.groups.map(({ key, runs }) => {
    const range = rangeOf(query);
    const byStep = new Map<number, Moments>();
    const marks: MetricMark[] = [];
    let runsWithPoints = 0;
    for (const runId of runs) {
      const runNumber = source.runs.numberOf(runId);
      if (nameId === null) continue;
      const { steps, values } = source.metrics.points(runNumber, nameId, range);
      marks.push(...source.metrics.marks(runNumber, nameId, range));
      if (steps.length > 0) runsWithPoints += 1;
      for (const [index, step] of steps.entries()) add(byStep, step, values[index] ?? NaN);
    }
    const steps = [...byStep.keys()].sort((left, right) => left - right);
    const width = bucketSteps((steps.at(-1) ?? 0) - (steps[0] ?? 0) + 1, query.buckets);
    const kept = thin(steps, (step) => byStep.get(step)?.mean ?? NaN, width);
    const bands = kept.map((step) => band(byStep.get(step) ?? { count: 0, mean: NaN, squares: 0 }));
    return {
      ...{ key, steps: kept, runs: runs.length, runsWithPoints, totalSteps: steps.length, bucketSteps: width },
      means: bands.map(({ mean }) => mean),
      lows: bands.map(({ low }) => low),
      highs: bands.map(({ high }) => high),
      counts: bands.map(({ count }) => count),
      marks: marks.sort((left, right) => left.step - right.step),
    };
  });
}

function add(byStep: Map<number, Moments>, step: number, value: number): void {
  let moments = byStep.get(step);
  if (!moments) byStep.set(step, (moments = { count: 0, mean: 0, squares: 0 }));
  moments.count += 1;
  const before = value - moments.mean;
  moments.mean += before / moments.count;
  moments.squares += before * (value - moments.mean);
}

function band({ count, mean, squares }: Moments): {
  mean: number;
  low: number | null;
  high: number | null;
  count: number;
} {
  if (count < 2) return { mean, low: null, high: null, count };
  const half = studentQuantile95(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { mean, low: mean - half, high: mean + half, count };
}

/** Steps of the first, smallest, largest and last mean of each bucket. */
function thin(steps: readonly number[], valueAt: (step: number) => number, width: number): number[] {
  if (width === 1) return [...steps];
  const buckets = Map.groupBy(steps, (step) => Math.floor(step / width));
  return [...buckets.values()].flatMap((bucket) => {
    const [first = 0] = bucket;
    const lowest = bucket.reduce((least, step) => (valueAt(step) < valueAt(least) ? step : least), first);
    const highest = bucket.reduce((most, step) => (valueAt(step) > valueAt(most) ? step : most), first);
    return [...new Set([first, lowest, highest, bucket.at(-1) ?? first])].sort((left, right) => left - right);
  });
}
