// Shift-drag over a front keeps the points of an area. Runs in the renderer.
import Box from '@mui/material/Box';
import { fromPosition } from '../axis-scale.ts';
import { useChartDrag } from '../chart-drag.ts';
import type { ECharts } from '../echarts.ts';
import type { BrushRange } from './front-brush.ts';

/** Digits of a brush in the address. */
const BRUSH_DIGITS = 6;

export interface FrontBrushLayerProps {
  chart: ECharts | null;
  isLogX: boolean;
  onBrush: (brush: { x: BrushRange; y: BrushRange }) => void;
}

export function FrontBrushLayer({ chart, isLogX, onBrush }: FrontBrushLayerProps) {
  const drag = useChartDrag(chart, 'shift', (drawn, { from, to }) => {
    const at = (x: number, y: number): number[] => drawn.convertFromPixel({ gridIndex: 0 }, [x, y]);
    const [left = 0, bottom = 0] = at(Math.min(from.x, to.x), Math.max(from.y, to.y));
    const [right = 0, top = 0] = at(Math.max(from.x, to.x), Math.min(from.y, to.y));
    onBrush({
      x: range(fromPosition(left, isLogX), fromPosition(right, isLogX)),
      y: range(bottom, top),
    });
  });
  if (drag === null) return null;
  const { from, to } = drag;
  return (
    <Box
      aria-hidden
      sx={{ position: 'absolute', border: 1, borderColor: 'primary.main', pointerEvents: 'none' }}
      style={{
        left: Math.min(from.x, to.x),
        top: Math.min(from.y, to.y),
        width: Math.abs(to.x - from.x),
        height: Math.abs(to.y - from.y),
      }}
    >
      <Box sx={{ height: '100%', bgcolor: 'primary.main', opacity: 0.12 }} />
    </Box>
  );
}

function range(low: number, high: number): BrushRange {
  return { low: Number(low.toPrecision(BRUSH_DIGITS)), high: Number(high.toPrecision(BRUSH_DIGITS)) };
}
