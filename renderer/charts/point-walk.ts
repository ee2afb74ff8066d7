// Arrow keys through the points of a chart: each is shown in the chart and told to screen readers. Runs in the renderer.
import { useCallback, useRef } from 'react';
import { announce } from '../app/announce.ts';
import type { ECharts } from './echarts.ts';

export interface WalkSeries {
  name: string;
  /** Of the series in the chart's option. */
  seriesId: string;
  /** What is said of each point, and its place in the series' data. */
  points: readonly { text: string; dataIndex: number }[];
}

/** A point that was walked to. */
export interface WalkPlace {
  seriesId: string;
  dataIndex: number;
}

interface Place {
  series: number;
  point: number;
}

/** @returns handles a key; false where the key is none of its own */
export function usePointWalk(
  chart: ECharts | null,
  series: readonly WalkSeries[],
  onOpen: ((seriesIndex: number, dataIndex: number) => void) | undefined,
  onWalk: ((place: WalkPlace) => void) | undefined,
): (key: string) => boolean {
  const place = useRef<Place | null>(null);
  return useCallback(
    (key: string) => {
      if (key === 'Enter') {
        const current = place.current && series[place.current.series]?.points[place.current.point];
        if (!current || !place.current || onOpen === undefined) return false;
        onOpen(place.current.series, current.dataIndex);
        return true;
      }
      const next = nextPlace(place.current, key, series);
      if (next === null) return false;
      place.current = next;
      const walked = series[next.series];
      const point = walked?.points[next.point];
      if (walked === undefined || point === undefined) return false;
      announce(`${walked.name}: ${point.text}`);
      if (chart !== null && !chart.isDisposed()) showTip(chart, walked.seriesId, point.dataIndex);
      onWalk?.({ seriesId: walked.seriesId, dataIndex: point.dataIndex });
      return true;
    },
    [chart, series, onOpen, onWalk],
  );
}

function showTip(chart: ECharts, seriesId: string, dataIndex: number): void {
  chart.dispatchAction({ type: 'downplay' });
  chart.dispatchAction({ type: 'highlight', seriesId, dataIndex });
  // There is none before the chart is first drawn.
  const option = chart.getOption() as { series?: { id?: string }[] } | undefined;
  const seriesIndex = option?.series?.findIndex(({ id }) => id === seriesId) ?? -1;
  if (seriesIndex >= 0) chart.dispatchAction({ type: 'showTip', seriesIndex, dataIndex });
}

/** Where a key leads; null where it is no arrow, or there is nothing to walk. The first arrow leads to the first point. */
export function nextPlace(place: Place | null, key: string, series: readonly WalkSeries[]): Place | null {
  const steps: Record<string, [series: number, point: number]> = {
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    Home: [0, -Infinity],
    End: [0, Infinity],
  };
  const step = steps[key];
  if (step === undefined || series.length === 0) return null;
  if (place === null) return { series: 0, point: 0 };
  const nextSeries = clamp(place.series + step[0], series.length - 1);
  const lastPoint = (series[nextSeries]?.points.length ?? 1) - 1;
  return { series: nextSeries, point: clamp(place.point + step[1], lastPoint) };
}

function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(last, value));
}
