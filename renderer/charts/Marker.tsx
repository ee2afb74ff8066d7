// The marker of a run as SVG, in the shape that charts draw. Runs in the renderer.
import type { MarkerShape } from '../theme/tokens.ts';

/** Outlines in a box of 10 by 10. */
const PATHS: Record<MarkerShape, string> = {
  circle: 'M5 0A5 5 0 1 1 5 10A5 5 0 1 1 5 0Z',
  square: 'M0 0H10V10H0Z',
  triangle: 'M5 0L10 10H0Z',
  diamond: 'M5 0L10 5L5 10L0 5Z',
  'triangle-down': 'M0 0L10 0L5 9Z',
  plus: 'M3.5 0H6.5V3.5H10V6.5H6.5V10H3.5V6.5H0V3.5H3.5Z',
  star: 'M5 0L6.2 3.6L10 3.8L7 6.1L8.1 9.8L5 7.6L1.9 9.8L3 6.1L0 3.8L3.8 3.6Z',
  pentagon: 'M5 0L10 3.8L8.1 9.8H1.9L0 3.8Z',
};

export interface MarkerProps {
  shape: MarkerShape;
  color: string;
  /** Centre. */
  x: number;
  y: number;
  sizePx: number;
}

export function Marker({ shape, color, x, y, sizePx }: MarkerProps) {
  const scale = sizePx / 10;
  return (
    <path d={PATHS[shape]} fill={color} transform={`translate(${x - sizePx / 2} ${y - sizePx / 2}) scale(${scale})`} />
  );
}
