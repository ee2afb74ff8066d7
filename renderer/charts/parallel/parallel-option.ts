// The option of parallel coordinates, drawn as one series of lines over axes of our own: each axis has its own scale,
// direction and full names. Pure; runs in the renderer.
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts';
import { TOKENS } from '../../theme/tokens.ts';
import type { Scheme } from '../../theme/tokens.ts';
import { format } from '../echarts.ts';
import type { ChartOption } from '../echarts.ts';
import { MISSING_POSITION } from './parallel-axes.ts';
import type { ParallelAxis } from './parallel-axes.ts';

/** In px beside the axes; the overlay of brushes uses them, too. */
export const PARALLEL_MARGIN = { left: 40, right: 88, top: 30, bottom: 28 } as const;
const HIGHLIGHT_WIDTH_PX = 3;
/** The palest tints of the sequential scale do not stand out on paper. */
const FIRST_TINT = 2;
const TICK_PX = 4;
const NAME_GAP_PX = 16;

export interface ParallelLine {
  key: string;
  /** One an axis. */
  positions: readonly number[];
  isSelected: boolean;
  /** 0 … 1 on the sequential scale. */
  shade: number;
  tooltip: readonly string[];
}

export interface ParallelLook {
  scheme: Scheme;
  lineWidthPx: number;
  /** In files; on the screen the controls above the axes name them. */
  hasNames: boolean;
}

export function parallelOption(
  axes: readonly ParallelAxis[],
  lines: readonly ParallelLine[],
  look: ParallelLook,
): ChartOption {
  const hidden = { show: false, splitLine: { show: false } } as const;
  const last = Math.max(1, axes.length - 1);
  return {
    grid: { ...PARALLEL_MARGIN },
    xAxis: { type: 'value', min: 0, max: last, ...hidden },
    yAxis: { type: 'value', min: 0, max: 1, ...hidden },
    tooltip: {
      trigger: 'item',
      formatter: ({ seriesId, dataIndex }: { seriesId?: string; dataIndex: number }) =>
        seriesId === 'lines'
          ? (lines[dataIndex]?.tooltip ?? []).map((line) => format.encodeHTML(line)).join('<br>')
          : '',
    },
    series: [lineSeries(lines, look), axisSeries(axes, look)],
  };
}

/** @param shade 0 … 1 */
export function sequentialTint(shade: number, scheme: Scheme): string {
  const tints = TOKENS[scheme].sequential.slice(FIRST_TINT);
  const index = Math.round(Math.max(0, Math.min(1, shade)) * (tints.length - 1));
  return tints[index] ?? TOKENS[scheme].primary;
}

function lineSeries(lines: readonly ParallelLine[], { scheme, lineWidthPx }: ParallelLook) {
  const anySelected = lines.some(({ isSelected }) => isSelected);
  return {
    ...{ id: 'lines', type: 'custom', z: 2, clip: false },
    // The first axis is enough for the series' own extent.
    data: lines.map(({ positions: [first = 0] }) => [0, first]),
    renderItem: (
      { dataIndex }: CustomSeriesRenderItemParams,
      api: CustomSeriesRenderItemAPI,
    ): CustomSeriesRenderItemReturn => {
      const line = lines[dataIndex];
      if (line === undefined) return null;
      const isStrong = line.isSelected || !anySelected;
      return {
        type: 'polyline',
        shape: { points: line.positions.map((position, axis) => api.coord([axis, position])) },
        style: {
          fill: 'none',
          stroke: sequentialTint(line.shade, scheme),
          lineWidth: line.isSelected ? lineWidthPx * 1.6 : lineWidthPx,
          opacity: isStrong ? 0.9 : 0.35,
        },
        emphasis: { style: { lineWidth: HIGHLIGHT_WIDTH_PX, opacity: 1 }, z2: 10 },
      };
    },
  };
}

function axisSeries(axes: readonly ParallelAxis[], { scheme, hasNames }: ParallelLook) {
  const tokens = TOKENS[scheme];
  return {
    ...{ id: 'axes', type: 'custom', silent: true, z: 3, clip: false },
    data: axes.map((_, index) => [index, 0]),
    renderItem: (
      { dataIndex }: CustomSeriesRenderItemParams,
      api: CustomSeriesRenderItemAPI,
    ): CustomSeriesRenderItemReturn => {
      const axis = axes[dataIndex];
      if (axis === undefined) return null;
      const [x = 0, bottom = 0] = api.coord([dataIndex, 0]);
      const [, top = 0] = api.coord([dataIndex, 1]);
      const font = api.font({});
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line' as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: tokens.controlBorder, lineWidth: 1 },
      });
      const text = (content: string, textX: number, y: number, align: 'left' | 'center', fill: string) => ({
        type: 'text' as const,
        style: {
          ...{ text: content, x: textX, y, align, verticalAlign: 'middle' as const, fill, font },
          ...{ backgroundColor: tokens.paper, padding: [0, 2], opacity: 0.92 },
        },
      });
      const hasMissing = axis.positions.includes(MISSING_POSITION);
      const ticks = axis.ticks.flatMap(({ position, label }) => {
        const [, y = 0] = api.coord([dataIndex, position]);
        return [line(x, y, x + TICK_PX, y), text(label, x + TICK_PX + 2, y, 'left', tokens.textSecondary)];
      });
      const [, missingY = 0] = api.coord([dataIndex, MISSING_POSITION]);
      return {
        type: 'group',
        children: [
          line(x, bottom, x, top),
          ...ticks,
          ...(hasMissing ? [text('–', x + TICK_PX + 2, missingY, 'left', tokens.textSecondary)] : []),
          ...(hasNames ? [text(axis.name, x, top - NAME_GAP_PX, 'center', tokens.text)] : []),
        ],
      };
    },
  };
}
