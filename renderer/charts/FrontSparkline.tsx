// A Pareto front the size of a word: its step line to the right edge, its corners as dots. Runs in the renderer.
import { useTheme } from '@mui/material/styles';

export interface FrontSparklineProps {
  /** Corners of the attainment line: numbers on a log axis, accuracy from 0 to 1. */
  corners: readonly { x: number; y: number }[];
  label: string;
  widthPx?: number;
  heightPx?: number;
}

const PADDING_PX = 3;
const DOT_PX = 2;

export function FrontSparkline({ corners, label, widthPx = 96, heightPx = 24 }: FrontSparklineProps) {
  const theme = useTheme();
  const places = frontPlaces(corners, widthPx, heightPx);
  const color = theme.vars?.palette.primary.main;
  return (
    <svg width={widthPx} height={heightPx} role="img" aria-label={label}>
      <path d={frontPath(places, widthPx)} fill="none" stroke={color} strokeWidth={1.5} />
      {places.map(({ x, y }) => (
        <circle key={`${x} ${y}`} cx={x} cy={y} r={DOT_PX} fill={color} />
      ))}
    </svg>
  );
}

interface Place {
  x: number;
  y: number;
}

/** Corners that a log axis can show, in pixels. */
export function frontPlaces(corners: readonly Place[], widthPx: number, heightPx: number): Place[] {
  const shown = corners.filter(({ x, y }) => x > 0 && Number.isFinite(y));
  const xs = shown.map(({ x }) => Math.log10(x));
  const ys = shown.map(({ y }) => y);
  const scale = (values: readonly number[], lengthPx: number) => {
    const low = Math.min(...values);
    const range = Math.max(...values) - low;
    return (value: number) => PADDING_PX + (range === 0 ? 0.5 : (value - low) / range) * (lengthPx - 2 * PADDING_PX);
  };
  const placeX = scale(xs, widthPx);
  const placeY = scale(ys, heightPx);
  return shown.map(({ x, y }) => ({ x: placeX(Math.log10(x)), y: heightPx - placeY(y) }));
}

/** What is reached with so many numbers is reached with more: steps, not slopes. */
export function frontPath(places: readonly Place[], widthPx: number): string {
  const [first, ...others] = places;
  if (first === undefined) return '';
  const text = (value: number) => value.toFixed(1);
  const steps = others.map(({ x, y }) => `H${text(x)}V${text(y)}`).join('');
  return `M${text(first.x)} ${text(first.y)}${steps}H${text(widthPx)}`;
}
