// The width that a chart has now, for options whose ticks depend on it. Runs in the renderer.
import { useCallback, useRef, useState } from 'react';
import type { ECharts } from './echarts.ts';

/** Below this a new width changes no ticks. */
const NOTICED_PX = 40;

/**
 * @param noticedPx what lies over the chart has to follow every pixel
 * @returns the width, and what the chart's frame has to be given as `onChart`
 */
export function useChartWidth(initialPx: number, noticedPx = NOTICED_PX): [number, (chart: ECharts | null) => void] {
  const [widthPx, setWidthPx] = useState(initialPx);
  const observer = useRef<ResizeObserver | null>(null);
  const onChart = useCallback(
    (chart: ECharts | null) => {
      observer.current?.disconnect();
      observer.current = null;
      const element = chart?.getDom();
      if (!element) return;
      const measure = () =>
        setWidthPx((known) => (Math.abs(known - element.clientWidth) < noticedPx ? known : element.clientWidth));
      observer.current = new ResizeObserver(measure);
      observer.current.observe(element);
    },
    [noticedPx],
  );
  return [widthPx, onChart];
}
