// The curves of a run as its charts need them: stored points of the window, live ones behind them, the x axis. Runs in
// the renderer.
import { useCallback, useMemo } from 'react';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { bucketsFor } from '../../charts/line-buckets.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { hostQueryKey } from '../../connection/query-client.ts';
import { StepTotals, withLiveSteps } from './curves.ts';
import type { Curve, LiveStep, XAxis } from './curves.ts';

const TOTAL_BUCKETS = 2048;

/** Which metric adds up to each axis, and its unit against the axis'. */
const TOTALS: Record<Exclude<XAxis, 'step'>, { metric: string; scale: number }> = {
  tokens: { metric: 'tokens/sampled', scale: 1 },
  time: { metric: 'time/stepMs', scale: 1 / 1000 },
};

export interface RunCurves {
  curves: ReadonlyMap<string, Curve>;
  isPending: boolean;
  error: Error | null;
  refetch: () => void;
}

/** @param zoom first and last step shown; null: all */
export function useRunCurves(
  runId: string,
  names: readonly string[],
  zoom: readonly [number, number] | null,
  live: readonly LiveStep[],
): RunCurves {
  const query = useHostQuery(
    'metricWindow',
    { runs: [runId], names: [...names], from: zoom?.[0] ?? null, to: zoom?.[1] ?? null, buckets: bucketsFor(1) },
    { enabled: names.length > 0, placeholderData: keepPreviousData },
  );
  const { data, error, isPending, refetch } = query;
  const curves = useMemo(
    () => new Map(data?.map((series) => [series.name, withLiveSteps(series, live, zoom?.[1] ?? null)])),
    [data, live, zoom],
  );
  const again = useCallback(() => void refetch(), [refetch]);
  return { curves, error, isPending: names.length > 0 && isPending, refetch: again };
}

/** Asks for the run's points and totals again. */
export function useRefreshCurves(): () => void {
  const client = useQueryClient();
  return useCallback(() => {
    for (const method of ['metricWindow', 'metricTotals', 'metricNames'] as const) {
      void client.invalidateQueries({ queryKey: hostQueryKey(method) });
    }
  }, [client]);
}

export interface StepAxis {
  xOf: (step: number) => number;
  stepOf: (x: number) => number;
}

const STEPS: StepAxis = { xOf: (step) => step, stepOf: (x) => x };

/** Places of steps on the chosen axis; steps themselves until the totals have arrived. */
export function useStepAxis(runId: string, axis: XAxis, live: readonly LiveStep[]): StepAxis {
  const totals = TOTALS[axis === 'step' ? 'tokens' : axis];
  const { data } = useHostQuery(
    'metricTotals',
    { run: runId, names: [totals.metric], buckets: TOTAL_BUCKETS },
    { enabled: axis !== 'step', placeholderData: keepPreviousData },
  );
  return useMemo(() => {
    const [answer] = data ?? [];
    if (axis === 'step' || answer === undefined || answer.name !== totals.metric) return STEPS;
    const reader = new StepTotals(answer, live, totals.scale);
    return { xOf: (step) => reader.at(step), stepOf: (x) => reader.stepAt(x) };
  }, [axis, data, live, totals]);
}

/** Reads `12-80`; null where it says nothing. */
export function parseZoom(text: string): [number, number] | null {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  return from === undefined || to === undefined || Number(from) >= Number(to) ? null : [Number(from), Number(to)];
}
