// How finely a chart asks for its lines. Runs in the renderer.

/** About one a pixel of the widest chart. */
const MOST_BUCKETS = 512;
const FEWEST_BUCKETS = 64;
/** Of all lines together: more points than that take longer to draw than a frame. */
const SHARED_BUCKETS = 8192;

/** Buckets for each line of a chart with so many; a bucket keeps its smallest and its largest point. */
export function bucketsFor(lines: number): number {
  return Math.max(FEWEST_BUCKETS, Math.min(MOST_BUCKETS, Math.floor(SHARED_BUCKETS / Math.max(1, lines))));
}
