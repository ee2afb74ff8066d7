// Points of several charts that stand for the same thing light up together. Runs in the renderer.
import { useEffect, useEffectEvent, useState } from 'react';
import type { ECharts } from './echarts.ts';

export interface LinkedPoint {
  key: string;
  seriesId: string;
  dataIndex: number;
}

export interface PointLink {
  /** The key of what the pointer or the keyboard is on, anywhere; null: nothing. */
  hovered: string | null;
  onHover: (key: string | null) => void;
}

/** Lights up the chart's points of the hovered key, and tells of those under the pointer. */
export function useLinkedPoints(points: readonly LinkedPoint[], link: PointLink | undefined) {
  const [chart, setChart] = useState<ECharts | null>(null);
  const tell = useEffectEvent((seriesId: string | undefined, dataIndex: number) => {
    const found = points.find((point) => point.seriesId === seriesId && point.dataIndex === dataIndex);
    link?.onHover(found?.key ?? null);
  });
  const leave = useEffectEvent(() => link?.onHover(null));
  useEffect(() => {
    if (chart === null) return undefined;
    const onOver = (event: { seriesId?: string; dataIndex: number }) => tell(event.seriesId, event.dataIndex);
    const onOut = () => leave();
    chart.on('mouseover', onOver);
    chart.on('mouseout', onOut);
    return () => {
      if (chart.isDisposed()) return;
      chart.off('mouseover', onOver);
      chart.off('mouseout', onOut);
    };
  }, [chart]);

  const hovered = link?.hovered ?? null;
  useEffect(() => {
    if (chart === null || chart.isDisposed()) return;
    chart.dispatchAction({ type: 'downplay' });
    for (const { seriesId, dataIndex } of points.filter(({ key }) => key === hovered)) {
      chart.dispatchAction({ type: 'highlight', seriesId, dataIndex });
    }
  }, [chart, points, hovered]);
  return setChart;
}
