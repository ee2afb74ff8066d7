// A drag over a chart: where it began and where it is now, in pixels of the chart. Runs in the renderer.
import { useEffect, useEffectEvent, useState } from 'react';
import type { ECharts } from './echarts.ts';

/** A click that moved a little is no drag. */
const LEAST_DRAG_PX = 6;

export interface ChartPlace {
  x: number;
  y: number;
}

export interface ChartDrag {
  from: ChartPlace;
  to: ChartPlace;
}

/** Drags along x are told from those that brush an area by the Shift key. */
export type DragKind = 'plain' | 'shift';

function isDrag({ from, to }: ChartDrag): boolean {
  return Math.hypot(to.x - from.x, to.y - from.y) >= LEAST_DRAG_PX;
}

/** @returns the drag while it lasts; null else */
export function useChartDrag(
  chart: ECharts | null,
  kind: DragKind,
  onEnd: (chart: ECharts, drag: ChartDrag) => void,
): ChartDrag | null {
  const [drag, setDrag] = useState<ChartDrag | null>(null);
  const end = useEffectEvent((ended: ChartDrag) => {
    setDrag(null);
    if (chart !== null && isDrag(ended)) onEnd(chart, ended);
  });

  useEffect(() => {
    const element = chart?.getDom();
    if (!element) return undefined;
    const ending = new AbortController();
    const { signal } = ending;
    const isMeant = (event: MouseEvent) => event.button === 0 && event.shiftKey === (kind === 'shift');
    const placeOf = (event: PointerEvent): ChartPlace => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const onPointerDown = (down: PointerEvent) => {
      if (!isMeant(down)) return;
      const from = placeOf(down);
      const dragging = new AbortController();
      const during = { signal: AbortSignal.any([signal, dragging.signal]) };
      window.addEventListener('pointermove', (move) => setDrag({ from, to: placeOf(move) }), during);
      window.addEventListener(
        'pointerup',
        (up) => {
          dragging.abort();
          end({ from, to: placeOf(up) });
        },
        during,
      );
    };
    element.addEventListener('pointerdown', onPointerDown, { signal });
    // With Shift the browser would mark the text between an earlier click and this one.
    element.addEventListener('mousedown', (down) => isMeant(down) && down.shiftKey && down.preventDefault(), {
      signal,
    });
    return () => ending.abort();
  }, [chart, kind]);

  return drag !== null && isDrag(drag) ? drag : null;
}
