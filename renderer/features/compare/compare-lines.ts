// The sides' curves as lines: means with their bands, single runs behind them. Pure; runs in the renderer.
import type { CurveBand, MetricMark, WindowSeries } from '../../../contracts/metric-window.ts';
import type { LinePoint, LineSeries } from '../../charts/line-series.ts';
import type { RunMark } from '../../theme/tokens.ts';
import type { Side } from './sides.ts';

export interface CompareLines {
  sides: readonly Side[];
  bands: readonly CurveBand[];
  marks: readonly RunMark[];
  /** Of the runs that groups are made of; none where they are not shown. */
  singles: readonly WindowSeries[];
  hasBands: boolean;
  /** A side's name with how many of its runs have the metric, where not all have. */
  nameOf: (side: Side, band: CurveBand) => string;
}

export function compareLines({ sides, bands, marks, singles, hasBands, nameOf }: CompareLines): LineSeries[] {
  return sides.flatMap((side, index) => {
    const [band, mark] = [bands[index], marks[index]];
    if (band === undefined || mark === undefined) return [];
    const behind = side.runs.flatMap((run): LineSeries[] => {
      const series = singles.find(({ runId }) => runId === run.id);
      if (series === undefined || side.runs.length === 1) return [];
      const points = series.steps.map((step, at) => ({ x: step, y: series.values[at] ?? NaN }));
      return [
        {
          ...{ id: `${side.key} ${run.id}`, name: `r${run.number}`, mark, kind: 'line', isBackground: true },
          points: withMarks(points, series.marks),
        },
      ];
    });
    const line: LineSeries = {
      ...{ id: side.key, name: nameOf(side, band), mark, kind: 'line' },
      points: withMarks(bandPoints(band, hasBands), band.marks),
    };
    return [...behind, line];
  });
}

function bandPoints({ steps, means, lows, highs, counts, runs }: CurveBand, hasBands: boolean): LinePoint[] {
  return steps.map((step, index) => {
    const [low, high] = [lows[index] ?? null, highs[index] ?? null];
    return {
      ...{ x: step, y: means[index] ?? NaN },
      ...(hasBands && low !== null && high !== null ? { low, high } : {}),
      ...(runs > 1 ? { n: counts[index] ?? 0 } : {}),
    };
  });
}

function withMarks(points: readonly LinePoint[], marks: readonly MetricMark[]): readonly LinePoint[] {
  if (marks.length === 0) return points;
  const marked = marks.map(({ step, value }): LinePoint => ({ x: step, y: Number(value) }));
  return [...points, ...marked].sort((left, right) => left.x - right.x);
}

export interface CurveEnd {
  name: string;
  value: number;
}

/** Which side ends highest, which lowest, and how many values are no number. */
export function endsOf(sides: readonly Side[], bands: readonly CurveBand[]) {
  const ends = bands.flatMap(({ means }, index): CurveEnd[] => {
    const value = means.at(-1);
    return value === undefined ? [] : [{ name: sides[index]?.label ?? '', value }];
  });
  const ordered = ends.toSorted((left, right) => right.value - left.value);
  const nonFinite = bands.reduce((sum, { marks }) => sum + marks.length, 0);
  return { highest: ordered[0], lowest: ordered.at(-1), nonFinite };
}
