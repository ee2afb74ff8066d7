// Mean times of phases by bar. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { phaseBars } from './PhasesChart.tsx';

describe('phaseBars', () => {
  it('says means a step, with what no phase names as the rest and evaluations where they fell', () => {
    const totals = [
      { name: 'time/sampleMs', steps: [1, 2], totals: [10, 30] },
      { name: 'time/gradeMs', steps: [1, 2], totals: [1, 2] },
      { name: 'time/passMs', steps: [1, 2], totals: [5, 15] },
      { name: 'time/stepMs', steps: [1, 2], totals: [20, 60] },
    ];
    const evaluation = {
      ...{ mode: 'sampled' as const, temperature: 1, problems: 1, samples: 1, accuracy: 1, strict: 1, lenient: 1 },
      ...{ format: 1, meanTokens: 1, interval: { low: 0, high: 1, kind: 'wilson' as const } },
    };
    const bars = phaseBars(totals, [
      { ...evaluation, step: 0, durationMs: 999 },
      { ...evaluation, step: 2, durationMs: 40 },
    ]);
    expect(bars?.spans).toEqual([
      { from: 1, to: 1 },
      { from: 2, to: 2 },
    ]);
    expect(bars?.meanMs).toEqual({
      sample: [10, 20],
      grade: [1, 1],
      gradient: [5, 10],
      other: [4, 9],
      evaluate: [0, 40],
    });
    expect(bars?.stepMs).toBe(30);
    expect(bars?.shares.sample).toBeCloseTo(0.3);
    expect(phaseBars([], [])).toBeNull();
  });
});
