// Lines of a run's curves: live points, smoothing, marks, totals. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { lineTable } from '../../charts/LineChart.tsx';
import { tableToCsv } from '../../charts/chart-table.ts';
import { lineSeriesOptions } from '../../charts/line-series.ts';
import type { LineSeries } from '../../charts/line-series.ts';
import { runMark } from '../../theme/tokens.ts';
import { curvesOf, metricsOf } from './curve-specs.ts';
import { StepTotals, bucketEdges, curvePoints, curveSummary, smoothed, withLiveSteps } from './curves.ts';
import { metricTable } from './metric-table.ts';

const STORED = {
  ...{ runId: 'r', name: 'loss', steps: [1, 2, 3], values: [3, 2, 1], totalPoints: 3, bucketSteps: 1 },
  ...{ marks: [{ step: 4, value: 'NaN' as const }], lastStep: 3 },
};

describe('withLiveSteps', () => {
  it('adds what is later than the stored points, and nothing twice', () => {
    const live = [3, 4, 5].map((step) => ({ step, values: { loss: 10 * step } }));
    expect(withLiveSteps(STORED, live, null)).toMatchObject({ steps: [1, 2, 3, 4, 5], values: [3, 2, 1, 40, 50] });
    expect(withLiveSteps(STORED, live, 4)).toMatchObject({ steps: [1, 2, 3, 4], totalPoints: 4 });
    expect(withLiveSteps(STORED, [{ step: 4, values: { other: 1 } }], null).steps).toEqual([1, 2, 3]);
  });
});

describe('a metric that was never a number', () => {
  const marks = [3, 7].map((step) => ({ step, value: 'NaN' as const }));
  const curve = withLiveSteps({ ...STORED, steps: [], values: [], totalPoints: 0, marks, lastStep: null }, [], null);

  it('is drawn as marks on the floor and written into the table', () => {
    const line: LineSeries = {
      ...{ id: 'loss', name: 'loss', kind: 'line', mark: runMark(0, 'light') },
      points: curvePoints(curve, (step) => step),
    };
    const look = { logX: false, logY: true, scheme: 'light', lineWidthPx: 1.75, hasMarkers: false } as const;
    const floor = lineSeriesOptions(line, look, false).find(({ id }) => id === 'loss-floor');
    expect(floor?.['data']).toEqual([[3], [7]]);
    expect(lineTable([line], 'step').rows).toEqual([
      ['loss', 3, NaN],
      ['loss', 7, NaN],
    ]);
    expect(curveSummary(curve)).toBeNull();
  });

  it('is in the export of all metrics, beside those that have numbers', () => {
    const table = metricTable([
      { name: 'kl', steps: [3], values: [0.5], marks: [{ step: 7, value: 'Infinity' }] },
      { name: 'loss', steps: [], values: [], marks },
    ]);
    expect(tableToCsv(table)).toBe('step,kl,loss\r\n3,0.5,NaN\r\n7,Infinity,NaN\r\n');
  });
});

describe('curvePoints', () => {
  it('has a NaN where the run diverged, in its place', () => {
    const points = curvePoints(withLiveSteps(STORED, [{ step: 5, values: { loss: 7 } }], null), (step) => 2 * step);
    expect(points.map(({ x }) => x)).toEqual([2, 4, 6, 8, 10]);
    expect(points[3]?.y).toBeNaN();
  });

  it('has a band only where both ends were recorded', () => {
    const curve = withLiveSteps({ ...STORED, marks: [] }, [], null);
    const ends = { low: { ...curve, values: [0, 0, 0] }, high: { ...curve, steps: [1], values: [9] } };
    expect(curvePoints(curve, (step) => step, ends)[0]).toEqual({ x: 1, y: 3, low: 0, high: 9 });
    expect(curvePoints(curve, (step) => step, ends)[1]).toEqual({ x: 2, y: 2 });
  });
});

describe('smoothed', () => {
  const curve = { steps: [1, 2, 3], values: [1, 1, 4], totalPoints: 3, marks: [] };
  it('leaves a constant alone and starts without bias', () => {
    for (const value of smoothed({ ...curve, values: [2, 2, 2] }, 0.9).values) expect(value).toBeCloseTo(2);
    expect(smoothed(curve, 0.5).values[2]).toBeCloseTo((0.125 * 1 + 0.25 * 1 + 0.5 * 4) / 0.875);
  });
  it('weighs by the steps in between', () => {
    const [, near] = smoothed({ ...curve, steps: [1, 2], values: [0, 1] }, 0.5).values;
    const [, far] = smoothed({ ...curve, steps: [1, 9], values: [0, 1] }, 0.5).values;
    expect(far ?? 0).toBeGreaterThan(near ?? 1);
  });
});

describe('curveSummary', () => {
  it('names ends and extremes', () => {
    const curve = { steps: [1, 5, 9], values: [2, 7, 3], totalPoints: 900, marks: [] };
    expect(curveSummary(curve)).toMatchObject({ first: 2, last: 3, low: 2, high: 7, highStep: 5, points: 900 });
    expect(curveSummary({ ...curve, steps: [], values: [] })).toBeNull();
  });
});

describe('StepTotals', () => {
  const totals = new StepTotals({ name: 'time', steps: [2, 4], totals: [20, 60] }, [{ step: 5, values: { time: 40 } }]);
  it('reads between the known steps, both ways', () => {
    expect([0, 1, 2, 3, 4, 5, 9].map((step) => totals.at(step))).toEqual([0, 10, 20, 40, 60, 100, 100]);
    expect(totals.stepAt(40)).toBe(3);
  });
});

describe('bucketEdges', () => {
  it('splits steps into no more bars than asked for, with none left out', () => {
    expect(bucketEdges([1, 2, 3, 4, 5], 2)).toEqual([0, 3, 5]);
    expect(bucketEdges([1, 2], 60)).toEqual([0, 1, 2]);
    expect(bucketEdges([], 60)).toEqual([]);
  });
});

describe('curvesOf', () => {
  it('gives a metric that no chart knows one of its own, and leaves out charts without any', () => {
    const ids = curvesOf(['reward/mean', 'wide/metric1', 'time/stepMs'], true).map(({ id }) => id);
    expect(ids).toEqual(['reward', 'accuracy', 'wide/metric1']);
    expect(curvesOf(['loss'], false).map(({ id }) => id)).toEqual(['loss']);
    const [device, ...rest] = curvesOf(['memory/deviceTotalBytes', 'memory/deviceUsedBytes'], false);
    expect(rest).toEqual([]);
    expect(device && metricsOf(device)).toEqual(['memory/deviceUsedBytes', 'memory/deviceTotalBytes']);
  });
});
