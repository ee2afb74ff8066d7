// Drag over a chart to look closer at a range of x; double click shows all of it again. Runs in the renderer.
import { useEffect, useEffectEvent, useState } from 'react';
import Box from '@mui/material/Box';
import type { ECharts } from './echarts.ts';

/** A click that moved a little is no drag. */
const LEAST_DRAG_PX = 6;

export interface XZoomProps {
  chart: ECharts | null;
  onZoom: (range: [number, number] | null) => void;
}

export function XZoom({ chart, onZoom }: XZoomProps) {
  const [drag, setDrag] = useState<{ fromPx: number; toPx: number } | null>(null);
  const end = useEffectEvent((fromPx: number, toPx: number) => {
    setDrag(null);
    if (chart === null || Math.abs(toPx - fromPx) < LEAST_DRAG_PX) return;
    const from = xAt(chart, Math.min(fromPx, toPx));
    const to = xAt(chart, Math.max(fromPx, toPx));
    if (from < to) onZoom([from, to]);
  });
  const reset = useEffectEvent(() => onZoom(null));

  useEffect(() => {
    const element = chart?.getDom();
    if (!element) return undefined;
    const position = (event: PointerEvent) => event.clientX - element.getBoundingClientRect().left;
    const onPointerDown = (down: PointerEvent) => {
      // Shift-drag brushes.
      if (down.button !== 0 || down.shiftKey) return;
      const fromPx = position(down);
      const ending = new AbortController();
      const onMove = (move: PointerEvent) => setDrag({ fromPx, toPx: position(move) });
      const onUp = (up: PointerEvent) => {
        ending.abort();
        end(fromPx, position(up));
      };
      window.addEventListener('pointermove', onMove, { signal: ending.signal });
      window.addEventListener('pointerup', onUp, { signal: ending.signal });
    };
    const onDoubleClick = () => reset();
    element.addEventListener('pointerdown', onPointerDown);
    element.addEventListener('dblclick', onDoubleClick);
    return () => {
      element.removeEventListener('pointerdown', onPointerDown);
      element.removeEventListener('dblclick', onDoubleClick);
    };
  }, [chart]);

  if (drag === null || Math.abs(drag.toPx - drag.fromPx) < LEAST_DRAG_PX) return null;
  return (
    <Box
      aria-hidden
      sx={{
        position: 'absolute',
        top: 0,
        bottom: 0,
        left: Math.min(drag.fromPx, drag.toPx),
        width: Math.abs(drag.toPx - drag.fromPx),
        bgcolor: 'primary.main',
        opacity: 0.15,
        pointerEvents: 'none',
      }}
    />
  );
}

function xAt(chart: ECharts, px: number): number {
  const value: unknown = chart.convertFromPixel({ xAxisIndex: 0 }, px);
  return Number(value);
}
