// Running totals: of every point, at the last one of each bucket. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { totalsByBucket } from './metric-totals.ts';

describe('totalsByBucket', () => {
  it('answers every step where there is room', () => {
    expect(totalsByBucket({ steps: [1, 2, 4], values: [5, 6, 7] }, 10)).toEqual({
      steps: [1, 2, 4],
      totals: [5, 11, 18],
    });
  });

  it('sums what it leaves out, with edges at powers of two', () => {
    const steps = Array.from({ length: 100 }, (_, index) => index);
    const { steps: kept, totals } = totalsByBucket({ steps, values: steps.map(() => 2) }, 10);
    expect(kept).toEqual([15, 31, 47, 63, 79, 95, 99]);
    expect(totals).toEqual(kept.map((step) => 2 * (step + 1)));
  });

  it('has nothing of nothing', () => {
    expect(totalsByBucket({ steps: [], values: [] }, 4)).toEqual({ steps: [], totals: [] });
  });
});
