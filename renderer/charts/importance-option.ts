// The option of importance bars: share of the variance with its interval, largest first. Pure; runs in the renderer.
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts';
import type { ImportanceResult } from '../../contracts/analysis.ts';
import { formatMeasure } from '../format.ts';
import { TOKENS } from '../theme/tokens.ts';
import type { Scheme } from '../theme/tokens.ts';
import type { ChartOption } from './echarts.ts';

const CAP_PX = 4;
const BAR_PX = 14;

export interface ImportanceLook {
  scheme: Scheme;
  lineWidthPx: number;
  /** Path of the setting that colours the front; null: none. */
  chosen: string | null;
}

export function importanceOption({ settings }: ImportanceResult, look: ImportanceLook): ChartOption {
  const tokens = TOKENS[look.scheme];
  return {
    grid: { left: 8, right: 24, top: 4, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'value',
      min: 0,
      max: 1,
      splitLine: { show: true, lineStyle: { color: tokens.divider } },
      axisLabel: { formatter: (value: number) => formatMeasure(value, 2) },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: settings.map(({ path }) => path),
      axisLabel: { color: tokens.text },
    },
    tooltip: { show: false },
    series: [
      {
        ...{ id: 'importance', type: 'bar', barWidth: BAR_PX },
        data: settings.map(({ path, importance }) => ({
          value: importance,
          itemStyle: { color: path === look.chosen ? tokens.primary : tokens.controlBorder },
        })),
      },
      {
        ...{ id: 'intervals', type: 'custom', silent: true, z: 3 },
        data: settings.map(({ low }, index) => [low, index]),
        renderItem: (
          { dataIndex }: CustomSeriesRenderItemParams,
          api: CustomSeriesRenderItemAPI,
        ): CustomSeriesRenderItemReturn => {
          const setting = settings[dataIndex];
          if (setting === undefined) return null;
          const [low = 0, y = 0] = api.coord([setting.low, dataIndex]);
          const [high = 0] = api.coord([setting.high, dataIndex]);
          const line = (x1: number, y1: number, x2: number, y2: number) => ({
            type: 'line' as const,
            shape: { x1, y1, x2, y2 },
            style: { stroke: tokens.text, lineWidth: look.lineWidthPx * 0.8 },
          });
          const cap = (x: number) => line(x, y - CAP_PX, x, y + CAP_PX);
          return { type: 'group', children: [line(low, y, high, y), cap(low), cap(high)] };
        },
      },
    ],
  };
}
