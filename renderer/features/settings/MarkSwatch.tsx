// A run's mark as charts draw it: its line's colour and dash, its marker. Runs in the renderer.
import type { MarkerShape, RunMark } from '../../theme/tokens.ts';

const WIDTH_PX = 56;
const HEIGHT_PX = 16;

/** In a square from −5 to 5. */
const MARKER_PATHS: Record<MarkerShape, string> = {
  circle: 'M-5 0A5 5 0 1 1 5 0A5 5 0 1 1 -5 0Z',
  square: 'M-4.5 -4.5H4.5V4.5H-4.5Z',
  triangle: 'M0 -5L5 4.5H-5Z',
  diamond: 'M0 -5.5L5.5 0L0 5.5L-5.5 0Z',
  'triangle-down': 'M0 5L5 -4.5H-5Z',
  plus: 'M-1.5 -5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5V-1.5H-1.5Z',
  star: 'M0 -5L1.2 -1.4L5 -1.2L2 1.1L3.1 4.8L0 2.6L-3.1 4.8L-2 1.1L-5 -1.2L-1.2 -1.4Z',
  pentagon: 'M0 -5L5 -1.2L3.1 4.8H-3.1L-5 -1.2Z',
};

export function MarkSwatch({ mark: { color, marker, dash } }: { mark: RunMark }) {
  return (
    <svg
      width={WIDTH_PX}
      height={HEIGHT_PX}
      viewBox={`${-WIDTH_PX / 2} ${-HEIGHT_PX / 2} ${WIDTH_PX} ${HEIGHT_PX}`}
      aria-hidden
    >
      <line
        x1={-WIDTH_PX / 2}
        x2={WIDTH_PX / 2}
        y1={0}
        y2={0}
        stroke={color}
        strokeWidth={1.75}
        strokeDasharray={dash.join(' ')}
      />
      <path d={MARKER_PATHS[marker]} fill={color} />
    </svg>
  );
}
