// A curve the size of a word, drawn as SVG; the number beside it says what it shows. Runs in the renderer.
import { useTheme } from '@mui/material/styles';

export interface SparklineProps {
  values: readonly number[];
  /** What screen readers get. */
  label: string;
  widthPx?: number;
  heightPx?: number;
}

const PADDING_PX = 2;

export function Sparkline({ values, label, widthPx = 96, heightPx = 24 }: SparklineProps) {
  const theme = useTheme();
  return (
    <svg width={widthPx} height={heightPx} role="img" aria-label={label}>
      {sparklineParts(values, widthPx, heightPx).map((points) => (
        <polyline
          key={points}
          points={points}
          fill="none"
          stroke={theme.vars?.palette.primary.main}
          strokeWidth={1.5}
          strokeLinejoin="round"
          strokeLinecap="round"
        />
      ))}
    </svg>
  );
}

/** Points of each unbroken part, as SVG wants them; a value that is no number breaks the line. */
export function sparklineParts(values: readonly number[], widthPx: number, heightPx: number): string[] {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  const place = (value: number, index: number) => {
    const x = PADDING_PX + (index / Math.max(1, values.length - 1)) * (widthPx - 2 * PADDING_PX);
    const share = range === 0 ? 0.5 : (value - low) / range;
    return `${x.toFixed(1)},${(heightPx - PADDING_PX - share * (heightPx - 2 * PADDING_PX)).toFixed(1)}`;
  };
  const parts: string[][] = [[]];
  for (const [index, value] of values.entries()) {
    if (Number.isFinite(value)) parts.at(-1)?.push(place(value, index));
    else parts.push([]);
  }
  return parts.filter((part) => part.length > 0).map((part) => part.join(' '));
}
