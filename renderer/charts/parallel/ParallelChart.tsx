// Parallel coordinates of settings and objectives, with brushes, log, direction and order by axis. Runs in the renderer.
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useScheme } from '../../app/appearance.ts';
import type { Scheme } from '../../theme/tokens.ts';
import { ChartFrame } from '../ChartFrame.tsx';
import type { ChartFrameProps } from '../ChartFrame.tsx';
import { SCREEN_STYLE } from '../chart-theme.ts';
import { useChartWidth } from '../chart-size.ts';
import { useLinkedPoints } from '../linked-points.ts';
import type { PointLink } from '../linked-points.ts';
import { AxisBrushes } from './AxisBrushes.tsx';
import { AxisControls } from './AxisControls.tsx';
import type { AxisBrush, AxisChoice, ParallelAxis } from './parallel-axes.ts';
import { PARALLEL_MARGIN, parallelOption } from './parallel-option.ts';
import type { ParallelLine } from './parallel-option.ts';

/** More lines than this are one grey mass. */
export const MOST_LINES = 1000;
const HEIGHT_PX = 260;
const INITIAL_WIDTH_PX = 960;
const LEAST_AXIS_PX = 112;
const MOST_AXIS_PX = 280;
const CHARACTER_PX = 7;

export interface ParallelChartProps extends Pick<ChartFrameProps, 'title' | 'fileName' | 'controls' | 'summary'> {
  /** From left to right; the last one is the objective. */
  axes: readonly ParallelAxis[];
  /** Best first, those that filters leave. */
  lines: readonly ParallelLine[];
  /** Rows there are without filters. */
  totalLines: number;
  brushes: ReadonlyMap<string, AxisBrush>;
  onBrush: (key: string, brush: AxisBrush | null) => void;
  /** What changes of an axis' look. */
  onAxis: (key: string, change: Partial<AxisChoice>) => void;
  onMove: (key: string, toIndex: number) => void;
  link?: PointLink;
  onSelect: (key: string) => void;
  onOpen: (key: string) => void;
}

export function ParallelChart(props: ParallelChartProps) {
  const { axes, lines: all, totalLines, title, fileName, controls, summary, link, onSelect, onOpen } = props;
  const { t } = useTranslation('charts');
  const scheme = useScheme();
  const leastWidthPx = axisRoomPx(axes) * Math.max(1, axes.length - 1) + PARALLEL_MARGIN.left + PARALLEL_MARGIN.right;
  const [measuredPx, measureChart] = useChartWidth(INITIAL_WIDTH_PX, 1);
  // Until the chart is drawn, which it is only where it is seen, its controls stand where it will be.
  const widthPx = Math.max(measuredPx, leastWidthPx);
  const lines = useMemo(() => all.slice(0, MOST_LINES), [all]);
  const build = useCallback(
    (drawnScheme: Scheme, lineWidthPx: number, hasNames: boolean) =>
      // The best lines are drawn last, over the others.
      parallelOption(axes, lines.toReversed(), { scheme: drawnScheme, lineWidthPx, hasNames }),
    [axes, lines],
  );
  const option = useMemo(() => build(scheme, SCREEN_STYLE.lineWidthPx, false), [build, scheme]);
  const points = useMemo(
    () => lines.map(({ key }, index) => ({ key, seriesId: 'lines', dataIndex: lines.length - 1 - index })),
    [lines],
  );
  const linkChart = useLinkedPoints(points, link);
  const walk = useMemo(
    () => [
      {
        name: t('parallel.line'),
        seriesId: 'lines',
        points: lines.map(({ tooltip }, index) => ({
          text: tooltip.join(', '),
          dataIndex: lines.length - 1 - index,
        })),
      },
    ],
    [lines, t],
  );
  const keyAt = (dataIndex: number) => lines[lines.length - 1 - dataIndex]?.key;
  return (
    <ChartFrame
      {...{ title, fileName, option, summary }}
      headingLevel={2}
      drawnPoints={lines.length}
      totalPoints={totalLines}
      heightPx={HEIGHT_PX}
      leastWidthPx={leastWidthPx}
      table={{
        columns: [t('parallel.line'), ...axes.map(({ name }) => name)],
        rows: lines.map(({ tooltip: [label = '', ...values] }) => [label, ...values]),
      }}
      figure={({ lineWidthPx }) => build('light', lineWidthPx, true)}
      series={walk}
      controls={controls}
      onChart={(chart) => {
        measureChart(chart);
        linkChart(chart);
      }}
      onWalkPoint={(place) => link?.onHover((place && keyAt(place.dataIndex)) ?? null)}
      onSelectPoint={(seriesId, dataIndex) => {
        const key = seriesId === 'lines' ? keyAt(dataIndex) : undefined;
        if (key !== undefined) onSelect(key);
      }}
      onOpenPoint={(_, dataIndex) => {
        const key = keyAt(dataIndex);
        if (key !== undefined) onOpen(key);
      }}
      above={<AxisControls {...props} widthPx={widthPx} />}
      overlay={<AxisBrushes {...props} widthPx={widthPx} heightPx={HEIGHT_PX} />}
    />
  );
}

/** Names of categories are written in full, to the right of their axis. */
function axisRoomPx(axes: readonly ParallelAxis[]): number {
  const labels = axes.slice(0, -1).flatMap(({ ticks }) => ticks.map(({ label }) => label.length));
  const longest = Math.max(0, ...labels) * CHARACTER_PX + 16;
  return Math.min(MOST_AXIS_PX, Math.max(LEAST_AXIS_PX, longest));
}
