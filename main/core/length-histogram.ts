// Lengths as a histogram of at most 40 bars with round edges. Pure.
import type { LengthHistogram } from '../../contracts/library.ts';

const MAXIMUM_BINS = 40;
/** Widths of bars: 1, 2 or 5 times a power of ten. */
const ROUND_STEPS = [1, 2, 5];

type Shape = Pick<LengthHistogram, 'minimum' | 'median' | 'p95' | 'maximum' | 'bins'>;

/** Percentiles by the nearest rank. */
export function lengthHistogram(lengths: readonly number[]): Shape {
  const sorted = [...lengths].sort((one, other) => one - other);
  const [minimum] = sorted;
  const maximum = sorted.at(-1);
  if (minimum === undefined || maximum === undefined) {
    return { minimum: null, median: null, p95: null, maximum: null, bins: [] };
  }
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? maximum;
  const width = binWidth(maximum - minimum + 1);
  const first = Math.floor(minimum / width);
  const counts = new Array<number>(Math.floor(maximum / width) - first + 1).fill(0);
  for (const length of sorted) {
    const bin = Math.floor(length / width) - first;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const bins = counts.map((count, index) => ({
    from: (first + index) * width,
    to: (first + index + 1) * width,
    count,
  }));
  return { minimum, median: rank(0.5), p95: rank(0.95), maximum, bins };
}

function binWidth(span: number): number {
  for (let power = 1; ; power *= 10) {
    // One bar more than the span alone needs, since edges are multiples of the width.
    const step = ROUND_STEPS.find((candidate) => Math.ceil(span / (candidate * power)) < MAXIMUM_BINS);
    if (step !== undefined) return step * power;
  }
}
