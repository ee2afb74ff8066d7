// The Pareto front as an ECharts option: log numbers trained against accuracy, sampled beside greedy. Pure; host and clients.
import type { CustomSeriesOption, EChartsOption, LineSeriesOption, ScatterSeriesOption } from 'echarts';
import type { FrontPoint, Mode, ParetoFront } from './pareto.ts';
import { MODES } from './pareto.ts';

export const CHART_WIDTH_PX = 1280;
export const CHART_HEIGHT_PX = 640;

const FONT = 'DejaVu Sans, Verdana, sans-serif';
const INK = '#1f2933';
const MUTED = '#5f6c7b';
const GRID_LINE = '#e4e8ee';
/** Colours that stay apart for colour-blind eyes (Okabe and Ito, 2008). */
const KINDS = {
  tinylora: { name: 'TinyLoRA', color: '#0072b2', symbol: 'circle', size: 11 },
  'lora-xs': { name: 'LoRA-XS', color: '#d55e00', symbol: 'diamond', size: 14 },
  lora: { name: 'LoRA', color: '#009e73', symbol: 'rect', size: 10 },
} as const;
type DrawnKind = keyof typeof KINDS;

const UNTRAINED_COLOR = '#7b8794';
const FULL_COLOR = '#8e44ad';
const PANEL_TITLES: Record<Mode, string> = { sampled: 'Sampled', greedy: 'Greedy' };
const PANEL_LEFT_PX = [76, 676] as const;
const PANEL_WIDTH_PX = 560;
const PANEL_TOP_PX = 150;
const PANEL_HEIGHT_PX = 400;
/** Above the highest value, for the labels of points and dashed lines: over the panel stands its title. */
const LABEL_ROOM_PX = 26;

interface Axes {
  /** log10 of the numbers trained. */
  x: { min: number; max: number };
  /** Percent. */
  y: { min: number; max: number };
}

export function paretoChart(front: ParetoFront): EChartsOption {
  const modes = MODES.filter(
    (mode) => front.points.some((point) => point[mode] !== null) || front.untrained[mode] !== null,
  );
  const axes = chartAxes(front, modes);
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    title: [
      {
        text: `${front.sweep}: accuracy by numbers trained`,
        subtext: subtitle(front),
        left: 32,
        top: 20,
        itemGap: 8,
        textStyle: { fontSize: 21, fontWeight: 600, color: INK, fontFamily: FONT },
        subtextStyle: { fontSize: 12.5, lineHeight: 18, color: MUTED, fontFamily: FONT },
      },
      ...modes.map((mode, panel) => ({
        text: `${PANEL_TITLES[mode]}${mode === 'sampled' && front.temperature > 0 ? ` (temperature ${front.temperature})` : ''}`,
        left: PANEL_LEFT_PX[panel] ?? 0,
        top: PANEL_TOP_PX - 32,
        textStyle: { fontSize: 14, fontWeight: 600, color: INK, fontFamily: FONT },
      })),
    ],
    legend: legend(front),
    grid: modes.map((_, panel) => ({
      left: PANEL_LEFT_PX[panel] ?? 0,
      top: PANEL_TOP_PX,
      width: modes.length === 1 ? PANEL_WIDTH_PX * 2 : PANEL_WIDTH_PX,
      height: PANEL_HEIGHT_PX,
    })),
    xAxis: modes.map((_, panel) => xAxis(panel, axes)),
    yAxis: modes.map((_, panel) => yAxis(panel, axes)),
    series: modes.flatMap((mode, panel) => panelSeries(front, mode, panel, axes)),
  };
}

function subtitle({ problems, samples, seeds, intervalKind, description, points }: ParetoFront): string {
  const overSeeds = points.some((point) => MODES.some((mode) => point.overSeeds[mode] !== null));
  const bars = overSeeds ? "Student's t, 95 %, over seeds" : intervalKind;
  const seedText = seeds.length === 1 ? `seed ${seeds[0]}` : `mean of ${seeds.length} seeds (${seeds.join(', ')})`;
  const facts = `n = ${problems} held-out problems, ${samples} ${samples === 1 ? 'sample' : 'samples'} a problem; ${seedText}; bars: ${bars}. Hollow: the paired difference to step 0 may be 0.`;
  return description === '' ? facts : `${description}\n${facts}`;
}

function legend({ points, full }: ParetoFront): EChartsOption['legend'] {
  const kinds = (Object.keys(KINDS) as DrawnKind[]).filter((kind) => points.some((point) => point.kind === kind));
  const line = (name: string) => ({
    name,
    icon: 'path://M0,4 L6,4 L6,6 L0,6 Z M10,4 L16,4 L16,6 L10,6 Z M20,4 L26,4 L26,6 L20,6 Z',
  });
  return {
    bottom: 14,
    left: 'center',
    itemGap: 36,
    selectedMode: false,
    textStyle: { fontSize: 12.5, color: INK, fontFamily: FONT },
    data: [
      ...kinds.map((kind) => ({ name: KINDS[kind].name, icon: KINDS[kind].symbol })),
      { name: 'best up to this size', icon: 'path://M0,4 L26,4 L26,6 L0,6 Z' },
      line('untrained'),
      ...(full ? [line('full fine-tuning')] : []),
    ],
  };
}

function chartAxes(front: ParetoFront, modes: Mode[]): Axes {
  const sizes = front.points.map(({ trainableNumbers }) => Math.log10(Math.max(1, trainableNumbers)));
  const low = Math.floor(Math.min(...sizes, 1e9) === 1e9 ? 0 : Math.min(...sizes));
  const high = Math.ceil(Math.max(low + 1, ...sizes));
  const accuracies = modes.flatMap((mode) => [
    ...front.points.flatMap((point) => (point[mode] ? [...barOf(point, mode), point[mode].end.mean] : [])),
    ...[front.untrained[mode]?.mean, front.full?.[mode]?.end.mean],
  ]);
  const percent = accuracies
    .filter((value): value is number => value !== undefined && !Number.isNaN(value))
    .map((value) => 100 * value);
  const min = Math.max(0, Math.floor((Math.min(...percent, 100) - 2) / 5) * 5);
  return { x: { min: low - 0.3, max: high + 0.3 }, y: { min, max: topOfAxis(min, Math.max(...percent, min)) } };
}

/** A whole step of 5 that leaves room for labels; above 100, where no number stands, as little as they need. */
function topOfAxis(min: number, highest: number): number {
  const room = LABEL_ROOM_PX / PANEL_HEIGHT_PX;
  const needed = (highest - room * min) / (1 - room);
  return Math.max(min + 5, needed > 100 ? needed : Math.ceil(needed / 5) * 5);
}

/** Ends of a point's error bar: over its seeds where it has several, else over problems. Empty where unknown. */
function barOf(point: FrontPoint, mode: Mode): number[] {
  const estimate = point.overSeeds[mode] ?? point[mode]?.end;
  if (!estimate || !Number.isFinite(estimate.low)) return [];
  return [Math.max(0, estimate.low), Math.min(1, estimate.high)];
}

function xAxis(panel: number, { x }: Axes) {
  return {
    gridIndex: panel,
    type: 'value' as const,
    ...x,
    // Not `interval`: that one counts from the axis' own start, these from whole powers.
    minInterval: 1,
    maxInterval: 1,
    name: 'numbers trained (log scale)',
    nameLocation: 'middle' as const,
    nameGap: 34,
    nameTextStyle: { fontSize: 13, color: INK, fontFamily: FONT },
    axisLine: { onZero: false, lineStyle: { color: MUTED } },
    axisTick: { show: false },
    axisLabel: {
      showMinLabel: false,
      showMaxLabel: false,
      fontSize: 12,
      color: MUTED,
      fontFamily: FONT,
      formatter: (exponent: number) => (Number.isInteger(exponent) ? shortNumber(10 ** exponent) : ''),
    },
    splitLine: { showMinLine: false, showMaxLine: false, lineStyle: { color: GRID_LINE } },
  };
}

function yAxis(panel: number, { y }: Axes) {
  return {
    gridIndex: panel,
    type: 'value' as const,
    ...y,
    name: panel === 0 ? 'accuracy on held-out problems (%)' : '',
    nameLocation: 'middle' as const,
    nameGap: 44,
    nameTextStyle: { fontSize: 13, color: INK, fontFamily: FONT },
    axisLine: { onZero: false },
    axisTick: { show: false },
    axisLabel: { showMaxLabel: y.max <= 100, fontSize: 12, color: MUTED, fontFamily: FONT },
    splitLine: { showMaxLine: y.max <= 100, lineStyle: { color: GRID_LINE } },
  };
}

/** 1, 13, 1.2 k, 3.4 M. */
export function shortNumber(value: number): string {
  if (value < 1000) return String(value);
  const [size, unit] = value < 1e6 ? [1e3, 'k'] : value < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${Number((value / size).toPrecision(3))} ${unit}`;
}

function panelSeries(front: ParetoFront, mode: Mode, panel: number, axes: Axes) {
  const place = { xAxisIndex: panel, yAxisIndex: panel };
  const kinds = (Object.keys(KINDS) as DrawnKind[]).filter((kind) => front.points.some((point) => point.kind === kind));
  return [
    { ...attainmentLine(front, mode, axes), ...place },
    ...baselines(front, mode, axes).map((series) => ({ ...series, ...place })),
    ...kinds.flatMap((kind) => [
      { ...errorBars(front.points, mode, kind), ...place },
      { ...pointSeries(front, mode, kind, axes), ...place },
    ]),
  ];
}

function position(point: FrontPoint, mode: Mode): [number, number] {
  return [Math.log10(point.trainableNumbers), 100 * (point[mode]?.end.mean ?? NaN)];
}

function attainmentLine(front: ParetoFront, mode: Mode, { x }: Axes): LineSeriesOption {
  const steps = front.front[mode].flatMap((index) => {
    const point = front.points[index];
    return point ? [position(point, mode)] : [];
  });
  const last = steps.at(-1);
  return {
    name: 'best up to this size',
    type: 'line',
    step: 'end',
    symbol: 'none',
    silent: true,
    z: 2,
    lineStyle: { color: '#9aa5b1', width: 2 },
    itemStyle: { color: '#9aa5b1' },
    data: last ? [...steps, [x.max, last[1]]] : [],
  };
}

/**
 * Dashed. The upper line is labelled above it at the left, where points are low, the lower one below it at the right,
 * where they are high: labels meet neither points nor each other.
 */
function baselines(front: ParetoFront, mode: Mode, { x }: Axes): LineSeriesOption[] {
  const start = front.untrained[mode]?.mean;
  const end = front.full?.[mode]?.end.mean;
  const line = (name: string, label: string, color: string, accuracy: number, above: boolean): LineSeriesOption => ({
    name,
    type: 'line',
    symbol: 'none',
    silent: true,
    z: 1,
    lineStyle: { color, width: 1.5, type: 'dashed' },
    itemStyle: { color },
    data: [
      [x.min, 100 * accuracy],
      [x.max, 100 * accuracy],
    ],
    markPoint: {
      symbol: 'rect',
      symbolSize: 0,
      data: [{ name, coord: [above ? x.min : x.max, 100 * accuracy] }],
      label: {
        formatter: `${label} ${(100 * accuracy).toFixed(1)} %`,
        position: above ? 'right' : 'left',
        offset: [0, above ? -10 : 11],
        color,
        fontSize: 11.5,
        fontFamily: FONT,
      },
    },
  });
  const full = `full fine-tuning (${shortNumber(front.full?.trainableNumbers ?? 0)})`;
  const fullAbove = end === undefined || start === undefined || end >= start;
  return [
    ...(start === undefined ? [] : [line('untrained', 'untrained', UNTRAINED_COLOR, start, !fullAbove)]),
    ...(end === undefined ? [] : [line('full fine-tuning', full, FULL_COLOR, end, fullAbove)]),
  ];
}

function errorBars(points: FrontPoint[], mode: Mode, kind: DrawnKind): CustomSeriesOption {
  const data = points.flatMap((point) => {
    const [low, high] = barOf(point, mode);
    return point.kind === kind && low !== undefined && high !== undefined
      ? [[Math.log10(point.trainableNumbers), 100 * low, 100 * high]]
      : [];
  });
  return {
    type: 'custom',
    silent: true,
    z: 3,
    data,
    renderItem: (_params, api) => {
      const [x = 0, low = 0] = api.coord([api.value(0), api.value(1)]);
      const [, high = 0] = api.coord([api.value(0), api.value(2)]);
      const style = { stroke: KINDS[kind].color, lineWidth: 1.3, opacity: 0.55 };
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line' as const,
        shape: { x1, y1, x2, y2 },
        style,
      });
      return {
        type: 'group',
        children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)],
      };
    },
  };
}

/** Whether a label above the point would lie on a dashed line, which then passes that far above the point. */
function meetsBaseline(accuracy: number, front: ParetoFront, mode: Mode, { y }: Axes): boolean {
  const baselines = [front.untrained[mode]?.mean, front.full?.[mode]?.end.mean];
  return baselines.some((baseline) => {
    const abovePx = ((100 * (baseline ?? NaN) - accuracy) * PANEL_HEIGHT_PX) / (y.max - y.min);
    return abovePx > 6 && abovePx < 26;
  });
}

const LABEL_ABOVE = { position: [-6, -16], align: 'right' as const };
/** Right of the point, under the line that goes on from it. */
const LABEL_BELOW = { position: [16, 14], align: 'left' as const };

function pointSeries(front: ParetoFront, mode: Mode, kind: DrawnKind, axes: Axes): ScatterSeriesOption {
  const { name, color, symbol, size } = KINDS[kind];
  const onFront = new Set(front.front[mode]);
  const data = front.points.flatMap((point, index) => {
    const gain = point[mode];
    if (point.kind !== kind || !gain) return [];
    const certain = gain.difference.low > 0 || gain.difference.high < 0;
    return [
      {
        value: position(point, mode),
        itemStyle: { color: certain ? color : '#ffffff', borderColor: color, borderWidth: 2, opacity: 1 },
        label: {
          show: onFront.has(index),
          formatter: shortNumber(point.trainableNumbers),
          ...(meetsBaseline(position(point, mode)[1], front, mode, axes) ? LABEL_BELOW : LABEL_ABOVE),
        },
      },
    ];
  });
  return {
    name,
    type: 'scatter',
    symbol,
    symbolSize: size,
    z: 4,
    itemStyle: { color, opacity: 1 },
    label: { fontSize: 11.5, color: INK, fontFamily: FONT },
    labelLayout: { hideOverlap: true },
    data,
  };
}
