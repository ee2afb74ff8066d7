// From a run's stored points to lines: smoothing, marks, the x axis, the sentence that sums a curve up. Pure.
import type { MetricMark, MetricTotals, WindowSeries } from '../../../contracts/metric-window.ts';
import type { LinePoint } from '../../charts/line-series.ts';

export type XAxis = 'step' | 'tokens' | 'time';
export const X_AXES: readonly XAxis[] = ['step', 'tokens', 'time'];

/** A curve as it is drawn: stored points and those heard of since. */
export interface Curve {
  steps: readonly number[];
  values: readonly number[];
  totalPoints: number;
  marks: readonly MetricMark[];
}

/** What the host's events said of a step. */
export interface LiveStep {
  step: number;
  values: Readonly<Record<string, number>>;
}

/** @param lastStep nothing later is drawn, e.g. of a zoom; null: everything */
export function withLiveSteps(series: WindowSeries, live: readonly LiveStep[], lastStep: number | null): Curve {
  const after = series.lastStep ?? -1;
  const added = live.filter(
    ({ step, values }) => step > after && (lastStep === null || step <= lastStep) && values[series.name] !== undefined,
  );
  return {
    steps: [...series.steps, ...added.map(({ step }) => step)],
    values: [...series.values, ...added.map(({ values }) => values[series.name] ?? NaN)],
    totalPoints: series.totalPoints + added.length,
    marks: series.marks,
  };
}

/** Points of a curve by step, marks among them; `low` and `high` are curves that were recorded at the same steps. */
export function curvePoints(
  { steps, values, marks }: Curve,
  xOf: (step: number) => number,
  band?: { low: Curve; high: Curve },
): LinePoint[] {
  const low = band && valueByStep(band.low);
  const high = band && valueByStep(band.high);
  const points = steps.map((step, index) => {
    const point = { step, x: xOf(step), y: values[index] ?? NaN };
    const ends = { low: low?.get(step), high: high?.get(step) };
    return ends.low === undefined || ends.high === undefined ? point : { ...point, low: ends.low, high: ends.high };
  });
  const marked = marks.map(({ step, value }) => ({ step, x: xOf(step), y: Number(value) }));
  if (marked.length === 0) return points.map(withoutStep);
  return [...points, ...marked].sort((left, right) => left.step - right.step).map(withoutStep);
}

function withoutStep({ step: _step, ...point }: LinePoint & { step: number }): LinePoint {
  return point;
}

function valueByStep({ steps, values }: Curve): Map<number, number> {
  return new Map(steps.map((step, index) => [step, values[index] ?? NaN]));
}

/**
 * Exponential moving average with the start's bias taken out, as TensorBoard smooths. A point weighs by the steps since
 * the one before, so that a curve looks the same however many of its points are drawn.
 * @param smoothing 0 … 1, exclusive: weight of the past a step
 */
export function smoothed(curve: Curve, smoothing: number): Curve {
  let average = 0;
  let weight = 0;
  let before: number | null = null;
  const values = curve.values.map((value, index) => {
    const step = curve.steps[index] ?? 0;
    const decay = smoothing ** Math.max(1, before === null ? 1 : step - before);
    before = step;
    average = decay * average + (1 - decay) * value;
    weight = decay * weight + (1 - decay);
    return average / weight;
  });
  return { ...curve, values };
}

/** What a curve did between its ends, over all of its points: down-sampling keeps first, smallest, largest and last. */
export interface CurveSummary {
  first: number;
  last: number;
  low: number;
  lowStep: number;
  high: number;
  highStep: number;
  lastStep: number;
  points: number;
  marks: number;
}

export function curveSummary({ steps, values, totalPoints, marks }: Curve): CurveSummary | null {
  const first = values[0];
  const last = values.at(-1);
  if (first === undefined || last === undefined) return null;
  let low = 0;
  let high = 0;
  for (const [index, value] of values.entries()) {
    if (value < (values[low] ?? value)) low = index;
    if (value > (values[high] ?? value)) high = index;
  }
  return {
    ...{ first, last, low: values[low] ?? NaN, lowStep: steps[low] ?? 0 },
    ...{ high: values[high] ?? NaN, highStep: steps[high] ?? 0 },
    ...{ lastStep: steps.at(-1) ?? 0, points: totalPoints, marks: marks.length },
  };
}

/** Running totals over steps with those heard of since, read at any step: linear between the steps that are known. */
export class StepTotals {
  readonly #steps: number[];
  readonly #totals: number[];

  /** @param scale of the answers against the metric's own unit */
  constructor({ name, steps, totals }: MetricTotals, live: readonly LiveStep[], scale = 1) {
    this.#steps = [...steps];
    this.#totals = totals.map((total) => total * scale);
    for (const { step, values } of live) {
      const value = values[name];
      if (value === undefined || step <= (this.#steps.at(-1) ?? -1)) continue;
      this.#totals.push((this.#totals.at(-1) ?? 0) + value * scale);
      this.#steps.push(step);
    }
  }

  get steps(): readonly number[] {
    return this.#steps;
  }

  /** The total at a step; 0 at step 0, the last total beyond the last step. */
  at(step: number): number {
    return interpolated(this.#steps, this.#totals, step);
  }

  /** The step at which a total was reached. */
  stepAt(total: number): number {
    return interpolated(this.#totals, this.#steps, total);
  }
}

function interpolated(places: readonly number[], values: readonly number[], place: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  if (low >= places.length) return values.at(-1) ?? 0;
  const [after = 0, afterPlace = 0] = [values[low], places[low]];
  const [before, beforePlace] = low === 0 ? [0, 0] : [values[low - 1] ?? 0, places[low - 1] ?? 0];
  if (afterPlace === beforePlace) return after;
  return before + ((after - before) * (place - beforePlace)) / (afterPlace - beforePlace);
}

/** Steps that part the whole into no more than so many bars; a bar lies between two of them, the first one excluded. */
export function bucketEdges(steps: readonly number[], bars: number): number[] {
  if (steps.length === 0) return [];
  const stride = Math.max(1, Math.ceil(steps.length / bars));
  const ends = steps.filter((_step, index) => (index + 1) % stride === 0 || index === steps.length - 1);
  return [Math.min((steps[0] ?? 1) - 1, (ends[0] ?? 1) - 1), ...ends];
}
