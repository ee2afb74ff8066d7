// Drag over a chart to look closer at a range of x; double click shows all of it again. Runs in the renderer.
import { useEffect, useEffectEvent } from 'react';
import Box from '@mui/material/Box';
import { useChartDrag } from './chart-drag.ts';
import type { ECharts } from './echarts.ts';

export interface XZoomProps {
  chart: ECharts | null;
  onZoom: (range: [number, number] | null) => void;
}

export function XZoom({ chart, onZoom }: XZoomProps) {
  const drag = useChartDrag(chart, 'plain', (drawn, { from: { x: fromPx }, to: { x: toPx } }) => {
    const [from, to] = [xAt(drawn, Math.min(fromPx, toPx)), xAt(drawn, Math.max(fromPx, toPx))];
    if (from < to) onZoom([from, to]);
  });
  const reset = useEffectEvent(() => onZoom(null));
  useEffect(() => {
    const element = chart?.getDom();
    if (!element) return undefined;
    const onDoubleClick = () => reset();
    element.addEventListener('dblclick', onDoubleClick);
    return () => element.removeEventListener('dblclick', onDoubleClick);
  }, [chart]);

  if (drag === null) return null;
  return (
    <Box
      aria-hidden
      sx={{ position: 'absolute', top: 0, bottom: 0, bgcolor: 'primary.main', opacity: 0.15, pointerEvents: 'none' }}
      style={{ left: Math.min(drag.from.x, drag.to.x), width: Math.abs(drag.to.x - drag.from.x) }}
    />
  );
}

function xAt(chart: ECharts, px: number): number {
  const value: unknown = chart.convertFromPixel({ xAxisIndex: 0 }, px);
  return Number(value);
}
