// The whole option of a line chart: axes, tooltip, series. Pure; runs in the renderer.
import { formatCount, formatShortCount } from '../format.ts';
import { format } from './echarts.ts';
import type { ChartOption } from './echarts.ts';
import { lineSeriesOptions } from './line-series.ts';
import type { LineLook, LineSeries } from './line-series.ts';

export interface LineChartLook extends Omit<LineLook, 'hasMarkers'> {
  zoom: [number, number] | null;
  formatValue: (value: number) => string;
  xName: string;
}

export function lineChartOption(lines: readonly LineSeries[], look: LineChartLook): ChartOption {
  const anySelected = lines.some(({ isSelected }) => isSelected === true);
  const hasMarkers =
    lines.filter(({ kind, isBackground, isBaseline }) => kind === 'line' && !isBackground && !isBaseline).length > 1;
  const { logX, logY, zoom, formatValue } = look;
  return {
    grid: { left: 8, right: 16, top: 12, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: logX ? 'log' : 'value',
      min: zoom?.[0] ?? 'dataMin',
      max: zoom?.[1] ?? 'dataMax',
      splitLine: { show: false },
      axisLabel: { formatter: (value: number) => formatShortCount(value) },
    },
    yAxis: {
      type: logY ? 'log' : 'value',
      scale: true,
      // ECharts adds the tick's number, which is no argument of ours.
      axisLabel: { formatter: (value: number) => formatValue(value) },
    },
    tooltip: { trigger: 'axis', formatter: (items: TooltipItem[]) => tooltip(items, lines, look) },
    axisPointer: { snap: true },
    series: lines.flatMap((line) => lineSeriesOptions(line, { ...look, hasMarkers }, anySelected)),
  };
}

interface TooltipItem {
  seriesId?: string;
  dataIndex: number;
  marker?: string;
  value: unknown;
}

/** Step, then each series' value with interval and n. */
function tooltip(items: readonly TooltipItem[], lines: readonly LineSeries[], look: LineChartLook): string {
  const rows = items.flatMap(({ seriesId, dataIndex, marker }) => {
    const line = lines.find(({ id }) => id === seriesId);
    const point = line?.points[dataIndex];
    if (line === undefined || point === undefined || line.isBackground) return [];
    const { low, high, n } = point;
    const interval =
      low === undefined || high === undefined ? '' : ` [${look.formatValue(low)}, ${look.formatValue(high)}]`;
    const count = n === undefined ? '' : ` n ${formatCount(n)}`;
    const text = `${line.name}  ${look.formatValue(point.y)}${interval}${count}`;
    return [{ x: point.x, html: `${marker ?? ''}${format.encodeHTML(text)}` }];
  });
  const [first] = rows;
  if (first === undefined) return '';
  return [format.encodeHTML(`${look.xName} ${formatCount(first.x)}`), ...rows.map(({ html }) => html)].join('<br>');
}
