// How many rows are how long, as bars of equal width. Runs in the renderer.
import { useMemo } from 'react';
import type { LengthHistogram } from '../../contracts/library.ts';
import { useScheme } from '../app/appearance.ts';
import { formatCount, formatShortCount } from '../format.ts';
import { TOKENS } from '../theme/tokens.ts';
import type { Scheme } from '../theme/tokens.ts';
import { ChartFrame } from './ChartFrame.tsx';
import type { ChartOption } from './echarts.ts';

type Bin = LengthHistogram['bins'][number];

export interface LengthHistogramChartProps {
  title: string;
  unit: string;
  summary: string;
  bins: readonly Bin[];
  /** Rows counted. */
  rows: number;
  /** Heads of the table behind it. */
  names: { from: string; to: string; count: string };
  describeBin: (bin: Bin) => string;
}

export function LengthHistogramChart(props: LengthHistogramChartProps) {
  const { title, unit, summary, bins, rows, names, describeBin } = props;
  const scheme = useScheme();
  const texts = useMemo(() => bins.map(describeBin), [bins, describeBin]);
  const option = useMemo(() => histogramOption(bins, texts, scheme), [bins, texts, scheme]);
  const table = useMemo(
    () => ({
      columns: [names.from, names.to, names.count],
      rows: bins.map(({ from, to, count }) => [from, to, count]),
    }),
    [bins, names.from, names.to, names.count],
  );
  const series = useMemo(
    () => [{ name: title, seriesId: 'lengths', points: texts.map((text, dataIndex) => ({ text, dataIndex })) }],
    [title, texts],
  );
  return (
    <ChartFrame
      title={title}
      unit={unit}
      summary={summary}
      drawnPoints={rows}
      totalPoints={rows}
      table={table}
      option={option}
      figure={() => histogramOption(bins, texts, 'light')}
      fileName="lengths"
      series={series}
    />
  );
}

function histogramOption(bins: readonly Bin[], texts: readonly string[], scheme: Scheme): ChartOption {
  return {
    grid: { left: 8, right: 16, top: 12, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: { type: 'category', data: bins.map(({ from }) => formatShortCount(from)) },
    yAxis: { type: 'value', minInterval: 1, axisLabel: { formatter: formatCount } },
    tooltip: { trigger: 'item', formatter: ({ dataIndex }: { dataIndex: number }) => texts[dataIndex] ?? '' },
    series: [
      {
        id: 'lengths',
        type: 'bar',
        data: bins.map(({ count }) => count),
        barCategoryGap: '8%',
        itemStyle: { color: TOKENS[scheme].primary },
      },
    ],
  };
}
