// Curves over steps: bands, evaluation markers with whiskers, baselines, NaN marks, log axes, zoom. Runs in the renderer.
import { useMemo } from 'react';
import { useScheme } from '../app/appearance.ts';
import { formatCount, formatMeasure } from '../format.ts';
import type { Scheme } from '../theme/tokens.ts';
import { ChartFrame } from './ChartFrame.tsx';
import type { ChartFrameProps } from './ChartFrame.tsx';
import type { ChartTable } from './chart-table.ts';
import { SCREEN_STYLE } from './chart-theme.ts';
import type { WalkSeries } from './point-walk.ts';
import { SeriesLegend } from './SeriesLegend.tsx';
import type { LegendEntry } from './SeriesLegend.tsx';
import { lineChartOption } from './line-option.ts';
import { isDrawable } from './line-series.ts';
import type { LinePoint, LineSeries } from './line-series.ts';

export interface LineChartProps extends Omit<
  ChartFrameProps,
  'option' | 'figure' | 'table' | 'series' | 'drawnPoints' | 'legend' | 'legendNames'
> {
  lines: readonly LineSeries[];
  /** Heading of the x column: "step", "tokens", "seconds". */
  xName: string;
  /** How values are written; three significant digits where it is left out. */
  formatValue?: (value: number) => string;
  /** The range of x that is shown; all of the points' where it is null. */
  zoom?: [number, number] | null;
  /** What colours stand for, where that is not one line each. */
  legendEntries?: readonly LegendEntry[];
}

export function LineChart(props: LineChartProps) {
  const { lines, xName, formatValue = formatMeasure, zoom = null, legendEntries, ...frame } = props;
  const scheme = useScheme();
  const logX = frame.logX?.isLog ?? false;
  const logY = frame.logY?.isLog ?? false;
  const build = useMemo(
    () => (drawnScheme: Scheme, lineWidthPx: number) =>
      lineChartOption(lines, { logX, logY, scheme: drawnScheme, lineWidthPx, zoom, formatValue, xName }),
    [lines, logX, logY, zoom, formatValue, xName],
  );
  const option = useMemo(() => build(scheme, SCREEN_STYLE.lineWidthPx), [build, scheme]);
  const table = useMemo(() => lineTable(lines, xName), [lines, xName]);
  const legend = useMemo(() => legendEntries ?? legendOf(lines), [legendEntries, lines]);
  const walk = useMemo(() => lines.map((line) => lineWalk(line, xName, formatValue)), [lines, xName, formatValue]);
  const drawnPoints = useMemo(() => countDrawn(lines, { logX, logY }), [lines, logX, logY]);
  return (
    <ChartFrame
      axisNames={{ x: xName }}
      legendNames={legend.map(({ name }) => name)}
      {...frame}
      option={option}
      figure={({ lineWidthPx }) => build('light', lineWidthPx)}
      table={table}
      series={walk}
      drawnPoints={drawnPoints}
      legend={legend.length > 0 ? <SeriesLegend entries={legend} /> : undefined}
    />
  );
}

function countDrawn(lines: readonly LineSeries[], look: { logX: boolean; logY: boolean }): number {
  return lines.reduce(
    (sum, { isDerived, points }) => (isDerived ? sum : sum + points.filter((point) => isDrawable(point, look)).length),
    0,
  );
}

/** Worked out when it is first asked for: few charts are ever read as a table or walked through by keys. */
function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null;
  return () => (made ??= { value: make() }).value;
}

function lineWalk({ id, name, points }: LineSeries, xName: string, formatValue: (value: number) => string): WalkSeries {
  const walked = lazily(() =>
    points.map((point, dataIndex) => ({ text: pointText(point, xName, formatValue), dataIndex })),
  );
  return {
    name,
    seriesId: id,
    get points() {
      return walked();
    },
  };
}

/** A single line needs none: the title names it. */
export function legendOf(lines: readonly LineSeries[]): LegendEntry[] {
  const entries = lines.flatMap(({ id, name, mark, kind, isBackground, isBaseline }) =>
    isBackground ? [] : [{ id, name, mark, kind, isBaseline: isBaseline === true }],
  );
  return entries.length > 1 ? entries : [];
}

function pointText({ x, y, low, high, n }: LinePoint, xName: string, formatValue: (value: number) => string): string {
  const interval = low === undefined || high === undefined ? '' : ` [${formatValue(low)}, ${formatValue(high)}]`;
  return `${xName} ${formatCount(x)}: ${formatValue(y)}${interval}${n === undefined ? '' : `, n ${formatCount(n)}`}`;
}

/** One row an x of a line; columns of interval and n only where some point has them. */
export function lineTable(lines: readonly LineSeries[], xName: string): ChartTable {
  const table = lazily((): ChartTable => {
    const points = lines.flatMap((line) => line.points);
    const hasInterval = points.some(({ low }) => low !== undefined);
    const hasCount = points.some(({ n }) => n !== undefined);
    return {
      columns: ['series', xName, 'value', ...(hasInterval ? ['low', 'high'] : []), ...(hasCount ? ['n'] : [])],
      rows: lines.flatMap(({ name, points: own }) =>
        own.map(({ x, y, low, high, n }) => [
          name,
          x,
          y,
          ...(hasInterval ? [low ?? null, high ?? null] : []),
          ...(hasCount ? [n ?? null] : []),
        ]),
      ),
    };
  });
  return {
    get columns() {
      return table().columns;
    },
    get rows() {
      return table().rows;
    },
  };
}
