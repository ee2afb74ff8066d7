// The rewards of a running run from its start: what is stored, then what the host's events tell. Runs in the renderer.
import type { WindowSeries } from '../../../contracts/metric-window.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import type { LiveRun } from '../../connection/live-run.ts';

/** More than a sparkline can show; the shape of a longer curve stays. */
const BUCKETS = 160;

export function useRewards(runId: string, live: LiveRun): number[] {
  const stored = useHostQuery(
    'metricWindow',
    { runs: [runId], names: ['reward/mean'], from: null, to: null, buckets: BUCKETS },
    { refetchOnMount: 'always' },
  );
  return joinedRewards(stored.data?.[0], live);
}

/** A step without a number stays as NaN, and breaks the line. */
export function joinedRewards(stored: WindowSeries | undefined, live: Pick<LiveRun, 'step' | 'rewards'>): number[] {
  if (stored === undefined) return [...live.rewards];
  const firstLive = live.rewards.length === 0 ? Infinity : live.step - live.rewards.length + 1;
  const points = [
    ...stored.steps.map((step, index) => ({ step, value: stored.values[index] ?? NaN })),
    ...stored.marks.map(({ step }) => ({ step, value: NaN })),
  ];
  const before = points.filter(({ step }) => step < firstLive).sort((a, b) => a.step - b.step);
  return [...before.map(({ value }) => value), ...live.rewards];
}
