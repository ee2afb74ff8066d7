// Drag along an axis to keep the lines that pass there; drag a brush's place anew to change it, click beside to clear it.
// Lies over the chart; the filter fields of the axes do the same by keyboard. Runs in the renderer.
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import Box from '@mui/material/Box';
import { brushBetween, brushParts } from './parallel-axes.ts';
import type { AxisBrush, ParallelAxis } from './parallel-axes.ts';
import { PARALLEL_MARGIN } from './parallel-option.ts';

const HANDLE_PX = 18;
/** A click that moved a little is no drag. */
const LEAST_DRAG_PX = 4;

export interface AxisBrushesProps {
  axes: readonly ParallelAxis[];
  brushes: ReadonlyMap<string, AxisBrush>;
  onBrush: (key: string, brush: AxisBrush | null) => void;
  widthPx: number;
  heightPx: number;
}

interface Drag {
  key: string;
  fromPx: number;
  toPx: number;
}

/** Where an axis stands in the chart. */
export function axisX(index: number, count: number, widthPx: number): number {
  const { left, right } = PARALLEL_MARGIN;
  return left + (index / Math.max(1, count - 1)) * (widthPx - left - right);
}

export function AxisBrushes({ axes, brushes, onBrush, widthPx, heightPx }: AxisBrushesProps) {
  const layer = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const lengthPx = heightPx - PARALLEL_MARGIN.top - PARALLEL_MARGIN.bottom;
  const toPosition = (px: number) => 1 - (px - PARALLEL_MARGIN.top) / lengthPx;
  const toPx = (position: number) => PARALLEL_MARGIN.top + (1 - position) * lengthPx;
  const isDragging = drag !== null;
  const yOf = (event: PointerEvent) => event.clientY - (layer.current?.getBoundingClientRect().top ?? 0);
  const onMove = useEffectEvent((event: PointerEvent) => {
    if (drag !== null) setDrag({ ...drag, toPx: yOf(event) });
  });
  const onUp = useEffectEvent((event: PointerEvent) => {
    if (drag === null) return;
    setDrag(null);
    const axis = axes.find(({ key }) => key === drag.key);
    if (axis === undefined) return;
    const isClick = Math.abs(yOf(event) - drag.fromPx) < LEAST_DRAG_PX;
    onBrush(axis.key, isClick ? null : brushBetween(axis, toPosition(drag.fromPx), toPosition(yOf(event))));
  });
  useEffect(() => {
    if (!isDragging) return undefined;
    const ending = new AbortController();
    window.addEventListener('pointermove', (event) => onMove(event), { signal: ending.signal });
    window.addEventListener('pointerup', (event) => onUp(event), { signal: ending.signal });
    return () => ending.abort();
  }, [isDragging]);

  return (
    <Box ref={layer} aria-hidden sx={{ position: 'absolute', inset: 0, pointerEvents: 'none' }}>
      {axes.map((axis, index) => {
        const brush = brushes.get(axis.key);
        const isDragged = drag?.key === axis.key;
        const parts = isDragged
          ? [
              {
                bottom: toPosition(Math.max(drag.fromPx, drag.toPx)),
                top: toPosition(Math.min(drag.fromPx, drag.toPx)),
              },
            ]
          : brush
            ? brushParts(axis, brush)
            : [];
        const left = axisX(index, axes.length, widthPx) - HANDLE_PX / 2;
        return (
          <Box
            key={axis.key}
            data-axis={axis.key}
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.preventDefault();
              const y = yOf(event.nativeEvent);
              setDrag({ key: axis.key, fromPx: y, toPx: y });
            }}
            sx={{
              position: 'absolute',
              top: 0,
              bottom: 0,
              width: HANDLE_PX,
              pointerEvents: 'auto',
              cursor: 'ns-resize',
            }}
            style={{ left }}
          >
            {parts.map(({ bottom, top }) => (
              <Box
                key={bottom}
                sx={{ position: 'absolute', insetInline: 3, border: 1, borderColor: 'primary.main', opacity: 0.9 }}
                style={{ top: toPx(top), height: Math.max(2, toPx(bottom) - toPx(top)) }}
              >
                <Box sx={{ height: '100%', bgcolor: 'primary.main', opacity: 0.25 }} />
              </Box>
            ))}
          </Box>
        );
      })}
    </Box>
  );
}
