// The option of a Pareto chart: step line, baselines, whiskers, points by class, labels that keep apart. Pure; runs in
// the renderer.
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts';
import type { ParetoResult } from '../../../contracts/analysis.ts';
import { BASELINE_DASH, TOKENS } from '../../theme/tokens.ts';
import type { MarkerShape } from '../../theme/tokens.ts';
import { axisScale, fromPosition, linearTicks, toPosition } from '../axis-scale.ts';
import type { AxisScale } from '../axis-scale.ts';
import { MARKER_SYMBOLS } from '../chart-theme.ts';
import { format } from '../echarts.ts';
import type { ChartOption } from '../echarts.ts';
import type { BrushRange, FrontBrush } from './front-brush.ts';
import { labelSeries } from './label-series.ts';
import { MARK_CLASSES, drawnKinds, formatAxisValue, shapeOf } from './pareto-marks.ts';
import type { ParetoLook } from './pareto-look.ts';
import type { MarkClass, ParetoMark } from './pareto-marks.ts';

const LARGE_FROM = 2000;
const SYMBOL_PX: Record<MarkClass, number> = { front: 10, uncertain: 10, dominated: 7 };
const DOMINATED_OPACITY = 0.35;
/** Of dominated points whose colour says something. */
const COLOURED_OPACITY = 0.7;
const BRUSH_OPACITY = 0.1;
/** Observations from which a rate is written with a decimal: ticks closer than a percent need one. */
const FINE_OBSERVATIONS = 1000;
const CAP_PX = 3;
/** What the axes, their labels and names take of the chart, in times of the font's size. */
const MARGIN_EM = { left: 5.2, right: 1.4, top: 1.2, bottom: 3.9 } as const;
const NAME_GAP_EM = { x: 2.3, y: 3.7 } as const;

export function paretoOption(result: ParetoResult, marks: readonly ParetoMark[], look: ParetoLook): ChartOption {
  const tokens = TOKENS[look.scheme];
  const scales = paretoScales(result, marks, look);
  const baselines = result.baselines.flatMap(({ label, objectives }) => {
    const value = objectives[1] ?? null;
    return value === null ? [] : [{ label: look.baselineLabel(label, value), value }];
  });
  const nameStyle = { nameLocation: 'middle', nameTextStyle: { color: tokens.text } } as const;
  return {
    grid: margins(look),
    xAxis: {
      type: 'value',
      ...{
        min: scales.x.min,
        max: scales.x.max,
        name: look.xName,
        nameGap: NAME_GAP_EM.x * look.fontSizePx,
        ...nameStyle,
      },
      axisLine: { onZero: false },
      splitLine: { show: false },
      axisTick: { show: true, customValues: scales.x.ticks },
      axisLabel: {
        customValues: scales.x.ticks,
        formatter: (position: number) => formatAxisValue(fromPosition(position, look.logX)),
      },
    },
    yAxis: {
      type: 'value',
      ...{
        min: scales.y.min,
        max: scales.y.max,
        name: look.yName,
        nameGap: NAME_GAP_EM.y * look.fontSizePx,
        ...nameStyle,
      },
      // Lines of the grid at the ticks, counted from round values and not from the axis' own start.
      minInterval: tickStep(scales.y),
      maxInterval: tickStep(scales.y),
      axisLine: { onZero: false },
      splitLine: { showMinLine: false, showMaxLine: false },
      axisLabel: {
        customValues: scales.y.ticks,
        formatter: (value: number) => look.formatY(value, tickStep(scales.y) < 0.01 ? FINE_OBSERVATIONS : 0),
      },
    },
    tooltip: { trigger: 'item', formatter: (item: TooltipItem) => tooltip(item, marks, look) },
    series: [
      attainmentSeries(result, scales, look),
      ...baselines.map(({ value }, index) => baselineSeries(index, value, scales, look)),
      whiskerSeries(marks, look),
      ...MARK_CLASSES.map((markClass) => pointSeries(markClass, marks, look)),
      ...drawnKinds(marks).map(({ name, shape }) => kindSeries(name, shape, look)),
      ringSeries(marks, look),
      labelSeries(marks, baselines, look, scales.x.max),
    ],
  };
}

function margins({ fontSizePx }: ParetoLook) {
  const { left, right, top, bottom } = MARGIN_EM;
  return { left: left * fontSizePx, right: right * fontSizePx, top: top * fontSizePx, bottom: bottom * fontSizePx };
}

function tickStep({ ticks: [first = 0, second = 1] }: AxisScale): number {
  return second - first;
}

interface Scales {
  x: AxisScale;
  y: AxisScale;
}

/** Over all points of the answer, so that filters do not move the axes. */
function paretoScales(result: ParetoResult, marks: readonly ParetoMark[], look: ParetoLook): Scales {
  const { logX, widthPx, heightPx, fontSizePx } = look;
  const { left, right, top, bottom } = margins(look);
  const sizes = result.points.flatMap(({ objectives: [x] }) => x?.value ?? []);
  const y = result.points.flatMap(({ objectives: [, objective] }) => objective?.value ?? []);
  const ends = marks.flatMap(({ point, hasWhisker }) => {
    const interval = hasWhisker ? point.objectives[1]?.interval : null;
    return interval ? [interval.low, interval.high].filter(Number.isFinite) : [];
  });
  const lines = result.baselines.flatMap(({ objectives }) => objectives[1] ?? []);
  const xScale = axisScale(sizes, logX, widthPx - left - right, fontSizePx);
  const lengthPx = heightPx - top - bottom;
  const yScale = axisScale([...y, ...ends, ...lines], false, lengthPx, fontSizePx, 'up');
  if (!isRate(result)) return { x: xScale, y: yScale };
  // Room for labels above the highest line, but no accuracy beyond 100 %.
  const [min, max] = [Math.max(0, yScale.min), Math.min(1, yScale.max)];
  return { x: xScale, y: { ...yScale, min, max, ticks: linearTicks(min, max, lengthPx, fontSizePx, 'up') } };
}

export function isRate({ objectives }: Pick<ParetoResult, 'objectives'>): boolean {
  return /^(sampled|greedy|strict|lenient|format)(@(start|end))?$/.test(objectives[1]?.key ?? '');
}

function attainmentSeries({ attainment }: ParetoResult, { x }: Scales, look: ParetoLook) {
  const corners = attainment.map((corner) => [toPosition(corner.x, look.logX), corner.y]);
  const last = corners.at(-1);
  return {
    ...{ id: 'attainment', type: 'line', step: 'end', symbol: 'none', silent: true, z: 3 },
    lineStyle: { color: TOKENS[look.scheme].text, width: look.lineWidthPx },
    ...(look.brush && { markArea: brushArea(look.brush, look) }),
    data: last === undefined ? [] : [...corners, [x.max, last[1]]],
  };
}

/** Along an axis without a range the area is as long as the chart. */
function brushArea({ x, y }: FrontBrush, look: ParetoLook) {
  if (x === null && y === null) return undefined;
  const corner = (end: keyof BrushRange) => ({
    // ECharts clips what lies beyond the chart; a log axis has no place for 0.
    ...(x && { xAxis: look.logX ? Math.log10(Math.max(x[end], Number.MIN_VALUE)) : x[end] }),
    ...(y && { yAxis: y[end] }),
  });
  const { primary } = TOKENS[look.scheme];
  return {
    silent: true,
    itemStyle: { color: primary, opacity: BRUSH_OPACITY, borderColor: primary, borderWidth: 1 },
    data: [[corner('low'), corner('high')]],
  };
}

function baselineSeries(index: number, value: number, { x }: Scales, look: ParetoLook) {
  return {
    ...{ id: `baseline-${index}`, type: 'line', symbol: 'none', silent: true, z: 2 },
    lineStyle: {
      color: TOKENS[look.scheme].textSecondary,
      width: look.lineWidthPx * 0.75,
      type: [...BASELINE_DASH],
      opacity: 1,
    },
    data: [
      [x.min, value],
      [x.max, value],
    ],
  };
}

function markColor({ point, class: markClass }: ParetoMark, look: ParetoLook): string {
  if (look.colorOf !== null) return look.colorOf(point);
  return markClass === 'dominated' ? TOKENS[look.scheme].hint : TOKENS[look.scheme].primary;
}

function place({ x, y }: ParetoMark, { logX }: ParetoLook): [number, number] {
  return [toPosition(x, logX), y];
}

function pointSeries(markClass: MarkClass, marks: readonly ParetoMark[], look: ParetoLook) {
  const own = marks.filter((mark) => mark.class === markClass);
  const isLarge = markClass === 'dominated' && own.length > LARGE_FROM;
  const common = {
    ...{ id: markClass, name: look.className(markClass), type: 'scatter', symbolSize: SYMBOL_PX[markClass], z: 4 },
    emphasis: { scale: 1.6, itemStyle: { opacity: 1 } },
  };
  if (isLarge) {
    const itemStyle = { color: TOKENS[look.scheme].hint, opacity: DOMINATED_OPACITY };
    return {
      ...common,
      large: true,
      largeThreshold: LARGE_FROM,
      itemStyle,
      data: own.map((mark) => place(mark, look)),
    };
  }
  return {
    ...common,
    // Of the legend's icon.
    itemStyle: classStyle(markClass, TOKENS[look.scheme].primary, look),
    data: own.map((mark) => ({
      name: mark.point.key,
      value: place(mark, look),
      symbol: MARKER_SYMBOLS[shapeOf(mark.point)],
      itemStyle: pointStyle(mark, look),
    })),
  };
}

function pointStyle(mark: ParetoMark, look: ParetoLook) {
  return classStyle(mark.class, markColor(mark, look), look);
}

function classStyle(markClass: MarkClass, color: string, look: ParetoLook) {
  if (markClass === 'uncertain') {
    // Hollow with a broken rim: told from the sure ones without colour.
    const borderWidth = 1.1 * look.lineWidthPx;
    return { color: TOKENS[look.scheme].paper, borderColor: color, borderWidth, borderType: [3, 2], opacity: 1 };
  }
  if (markClass === 'front') return { color, opacity: 1 };
  return { color, opacity: look.colorOf === null ? DOMINATED_OPACITY : COLOURED_OPACITY };
}

/** Without points: it names a shape in a figure's legend. */
function kindSeries(name: string, shape: MarkerShape, look: ParetoLook) {
  const itemStyle = { color: TOKENS[look.scheme].textSecondary };
  return { id: `kind-${name}`, name, type: 'scatter', symbol: MARKER_SYMBOLS[shape], itemStyle, data: [] };
}

function ringSeries(marks: readonly ParetoMark[], look: ParetoLook) {
  const style = { color: 'transparent', borderColor: TOKENS[look.scheme].text, borderWidth: look.lineWidthPx };
  return {
    ...{ id: 'selected', type: 'scatter', symbol: 'circle', symbolSize: 18, silent: true, z: 5, itemStyle: style },
    data: marks.filter(({ isSelected }) => isSelected).map((mark) => place(mark, look)),
  };
}

/** From low to high, with caps, in y and, where x was measured over seeds, in x. */
function whiskerSeries(marks: readonly ParetoMark[], look: ParetoLook) {
  const own = marks.filter(({ hasWhisker }) => hasWhisker);
  const segments = own.flatMap((mark) => {
    const [x, y] = mark.point.objectives;
    const style = { stroke: markColor(mark, look), lineWidth: look.lineWidthPx * 0.7, opacity: 0.6 };
    const [positionX, positionY] = place(mark, look);
    const vertical = y?.interval && [positionX, y.interval.low, positionX, y.interval.high];
    const horizontal = x?.interval && [x.interval.low, x.interval.high].map((end) => toPosition(end, look.logX));
    return [
      ...(vertical?.every(Number.isFinite) ? [{ ends: vertical, style }] : []),
      ...(horizontal?.every(Number.isFinite)
        ? [{ ends: [horizontal[0] ?? 0, positionY, horizontal[1] ?? 0, positionY], style }]
        : []),
    ];
  });
  return {
    ...{ id: 'whiskers', type: 'custom', silent: true, z: 3, clip: true },
    data: segments.map(({ ends }) => ends),
    renderItem: (
      { dataIndex }: CustomSeriesRenderItemParams,
      api: CustomSeriesRenderItemAPI,
    ): CustomSeriesRenderItemReturn => {
      const segment = segments[dataIndex];
      if (segment === undefined) return null;
      const [x1 = 0, y1 = 0] = api.coord([segment.ends[0] ?? 0, segment.ends[1] ?? 0]);
      const [x2 = 0, y2 = 0] = api.coord([segment.ends[2] ?? 0, segment.ends[3] ?? 0]);
      const [capX, capY] = x1 === x2 ? [CAP_PX, 0] : [0, CAP_PX];
      const line = (fromX: number, fromY: number, toX: number, toY: number) => ({
        type: 'line' as const,
        shape: { x1: fromX, y1: fromY, x2: toX, y2: toY },
        style: segment.style,
      });
      const cap = (x: number, y: number) => line(x - capX, y - capY, x + capX, y + capY);
      return { type: 'group', children: [line(x1, y1, x2, y2), cap(x1, y1), cap(x2, y2)] };
    },
  };
}

interface TooltipItem {
  seriesId?: string;
  dataIndex: number;
}

function tooltip({ seriesId, dataIndex }: TooltipItem, marks: readonly ParetoMark[], look: ParetoLook): string {
  const mark = marks.filter((candidate) => candidate.class === seriesId)[dataIndex];
  if (mark === undefined) return '';
  const [head = '', ...lines] = look.describe(mark.point).map((line) => format.encodeHTML(line));
  return [`<strong>${head}</strong>`, ...lines].join('<br>');
}
