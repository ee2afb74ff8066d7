// Lines with bands, evaluation markers and marks for what cannot be drawn, as ECharts series. Pure; runs in the renderer.
import { BASELINE_DASH, TOKENS } from '../theme/tokens.ts';
import type { RunMark, Scheme } from '../theme/tokens.ts';
import { MARKER_SYMBOLS, SELECTED_LINE_WIDTH_PX, SYMBOL_SIZE_PX, UNSELECTED_OPACITY } from './chart-theme.ts';
import type { ChartOption } from './echarts.ts';

export interface LinePoint {
  x: number;
  /** NaN is drawn as a mark at the axis, never left out. */
  y: number;
  /** Ends of the interval, where there is one. */
  low?: number;
  high?: number;
  /** Observations behind the value. */
  n?: number;
}

export interface LineSeries {
  id: string;
  name: string;
  mark: RunMark;
  /** `line`: joined, its interval a band. `markers`: single measurements, their intervals whiskers. */
  kind: 'line' | 'markers';
  points: readonly LinePoint[];
  /** Drawn faintly behind: raw values under a smoothed line, single seeds under a mean. */
  isBackground?: boolean;
  /** Dashed, without a marker. */
  isBaseline?: boolean;
  isSelected?: boolean;
  /** Computed from another line of the chart, such as a smoothed one: none of its points counts as one. */
  isDerived?: boolean;
}

export interface LineLook {
  logX: boolean;
  logY: boolean;
  scheme: Scheme;
  lineWidthPx: number;
  /** Several lines: each carries its marker, so that grey print tells them apart. */
  hasMarkers: boolean;
}

const BAND_OPACITY = 0.18;
const BACKGROUND_OPACITY = 0.25;
const SEED_LINE_PX = 0.75;
const WHISKER_CAP_PX = 4;
const FLOOR_MARK_PX = 4;
/** At most so many on a line, or it would be all markers. */
const MARKERS_OF_LINE = 8;

/** Whether a point has a place on these axes; 0 and below have none on a log axis. */
export function isDrawable({ x, y }: LinePoint, { logX, logY }: Pick<LineLook, 'logX' | 'logY'>): boolean {
  return Number.isFinite(x) && Number.isFinite(y) && (!logX || x > 0) && (!logY || y > 0);
}

/** The series of one line: band or whiskers, the line or markers themselves, marks on the floor. */
export function lineSeriesOptions(series: LineSeries, look: LineLook, anySelected: boolean): ChartOption[] {
  const opacity = anySelected && series.isSelected !== true ? UNSELECTED_OPACITY : 1;
  const hasIntervals = series.points.some(({ low, high }) => low !== undefined && high !== undefined);
  return [
    ...(hasIntervals && series.kind === 'line' ? [bandOption(series, look, opacity)] : []),
    series.kind === 'line' ? lineOption(series, look, opacity) : markerOption(series, look, opacity),
    ...(hasIntervals && series.kind === 'markers' ? [whiskerOption(series, look, opacity)] : []),
    ...(series.points.some((point) => isOnFloor(point, look)) ? [floorOption(series, look, opacity)] : []),
  ];
}

/** Not drawable for its y, but its x has a place: marked at the axis. */
function isOnFloor(point: LinePoint, look: LineLook): boolean {
  return !isDrawable(point, look) && Number.isFinite(point.x) && (!look.logX || point.x > 0);
}

function lineOption(series: LineSeries, look: LineLook, opacity: number): ChartOption {
  const { id, name, mark, points } = series;
  const width = series.isBackground
    ? SEED_LINE_PX
    : series.isSelected
      ? SELECTED_LINE_WIDTH_PX * (look.lineWidthPx / 1.75)
      : look.lineWidthPx;
  const dash = series.isBaseline ? BASELINE_DASH : mark.dash;
  const color = series.isBaseline ? TOKENS[look.scheme].textSecondary : mark.color;
  const isMarked = look.hasMarkers && series.isBackground !== true && series.isBaseline !== true;
  const spacing = markerSpacing(points.length);
  return {
    id,
    name,
    type: 'line',
    data: points.map((point, index) => {
      const value = [point.x, isDrawable(point, look) ? point.y : null];
      if (isMarked && index % spacing === 0) {
        return { value, symbol: MARKER_SYMBOLS[mark.marker], symbolSize: SYMBOL_SIZE_PX };
      }
      // Between gaps a line has no length: such a point is drawn as a dot.
      return isLonely(points, index, look) ? { value, symbol: 'circle', symbolSize: 2 * width + 1 } : value;
    }),
    symbol: 'none',
    showSymbol: true,
    connectNulls: false,
    silent: series.isBackground === true,
    lineStyle: {
      color,
      width,
      type: dash.length === 0 ? 'solid' : [...dash],
      opacity: series.isBackground ? BACKGROUND_OPACITY : opacity,
    },
    itemStyle: { color, opacity },
  };
}

/** Points from marker to marker: a power of two, so that a growing line moves its markers seldom. */
function markerSpacing(pointCount: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(pointCount / MARKERS_OF_LINE)));
}

function isLonely(points: readonly LinePoint[], index: number, look: LineLook): boolean {
  const isDrawn = (at: number) => {
    const point = points[at];
    return point !== undefined && isDrawable(point, look);
  };
  return isDrawn(index) && !isDrawn(index - 1) && !isDrawn(index + 1);
}

function markerOption({ id, name, mark, points }: LineSeries, look: LineLook, opacity: number): ChartOption {
  return {
    id,
    name,
    type: 'scatter',
    data: points.map((point) => [point.x, isDrawable(point, look) ? point.y : null]),
    symbol: MARKER_SYMBOLS[mark.marker],
    symbolSize: SYMBOL_SIZE_PX,
    itemStyle: { color: mark.color, opacity },
    z: 3,
  };
}

/** What ECharts hands to a custom series, as far as it is used here. */
interface DrawParameters {
  dataIndex: number;
  coordSys: { x: number; y: number; width: number; height: number };
}
interface DrawApi {
  coord: (point: [number, number]) => [number, number];
}

function bandOption({ id, mark, points }: LineSeries, look: LineLook, opacity: number): ChartOption {
  const parts = bandParts(points, look);
  const rows = parts.flat();
  return {
    id: `${id}-band`,
    type: 'custom',
    silent: true,
    clip: true,
    z: 1,
    data: rows.map(({ x, low, high }) => [x, low, high]),
    encode: { x: 0, y: [1, 2] },
    renderItem: (parameters: DrawParameters, api: DrawApi) => {
      // Drawn as whole parts, with the first row.
      if (parameters.dataIndex > 0) return null;
      return {
        type: 'group',
        children: parts.map((part) => ({
          type: 'polygon',
          shape: {
            points: [
              ...part.map(({ x, high }) => api.coord([x, high])),
              ...part.toReversed().map(({ x, low }) => api.coord([x, low])),
            ],
          },
          style: { fill: mark.color, opacity: BAND_OPACITY * opacity },
        })),
      };
    },
  };
}

interface BandRow {
  x: number;
  low: number;
  high: number;
}

/** Runs of neighbouring points that have an interval; a low end below a log axis stays at the point's own value. */
export function bandParts(points: readonly LinePoint[], look: Pick<LineLook, 'logX' | 'logY'>): BandRow[][] {
  const parts: BandRow[][] = [];
  let isOpen = false;
  for (const point of points) {
    const { x, y, low, high } = point;
    if (low === undefined || high === undefined || !isDrawable(point, look)) {
      isOpen = false;
      continue;
    }
    if (!isOpen) parts.push([]);
    isOpen = true;
    parts.at(-1)?.push({ x, low: look.logY && low <= 0 ? y : low, high });
  }
  return parts;
}

function whiskerOption({ id, mark, points }: LineSeries, look: LineLook, opacity: number): ChartOption {
  const rows = bandParts(points, look).flat();
  const style = { stroke: mark.color, fill: null, lineWidth: 1.25, opacity };
  const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style });
  return {
    id: `${id}-whiskers`,
    type: 'custom',
    silent: true,
    clip: true,
    data: rows.map(({ x, low, high }) => [x, low, high]),
    encode: { x: 0, y: [1, 2] },
    renderItem: ({ dataIndex }: DrawParameters, api: DrawApi) => {
      const row = rows[dataIndex];
      if (row === undefined) return null;
      const [x, top] = api.coord([row.x, row.high]);
      const [, bottom] = api.coord([row.x, row.low]);
      return {
        type: 'group',
        children: [
          line(x, top, x, bottom),
          line(x - WHISKER_CAP_PX, top, x + WHISKER_CAP_PX, top),
          line(x - WHISKER_CAP_PX, bottom, x + WHISKER_CAP_PX, bottom),
        ],
      };
    },
  };
}

/** A × for NaN and infinities, a short bar for values that a log axis has no place for. */
function floorOption({ id, mark, points }: LineSeries, look: LineLook, opacity: number): ChartOption {
  const marked = points.filter((point) => isOnFloor(point, look));
  const size = FLOOR_MARK_PX;
  return {
    id: `${id}-floor`,
    type: 'custom',
    silent: true,
    data: marked.map(({ x }) => [x]),
    encode: { x: 0 },
    z: 4,
    renderItem: ({ dataIndex, coordSys }: DrawParameters, api: DrawApi) => {
      const point = marked[dataIndex];
      if (point === undefined) return null;
      const [x] = api.coord([point.x, 1]);
      if (x < coordSys.x - 1 || x > coordSys.x + coordSys.width + 1) return null;
      const y = coordSys.y + coordSys.height - size - 1;
      const isNumber = Number.isFinite(point.y);
      const style = { stroke: isNumber ? mark.color : TOKENS[look.scheme].status.failed, lineWidth: 2, opacity };
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style,
      });
      return {
        type: 'group',
        children: isNumber
          ? [line(x - size, y + size, x + size, y + size)]
          : [line(x - size, y - size, x + size, y + size), line(x - size, y + size, x + size, y - size)],
      };
    },
  };
}
