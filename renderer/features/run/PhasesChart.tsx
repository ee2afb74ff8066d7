// Where a step's time goes: mean seconds of each phase, stacked, over the run. Runs in the renderer.
import { useMemo } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { MetricTotals } from '../../../contracts/metric-window.ts';
import type { EvaluationOverview } from '../../../contracts/run-overview.ts';
import { StackedBars } from '../../charts/StackedBars.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatDuration, formatRate } from '../../format.ts';
import { PHASE_METRICS } from './curve-specs.ts';
import { StepTotals, bucketEdges } from './curves.ts';

const TOTAL_BUCKETS = 1024;
const MOST_BARS = 60;

export const PHASES = ['sample', 'grade', 'gradient', 'other', 'evaluate'] as const;
export type Phase = (typeof PHASES)[number];

export interface PhaseBars {
  /** First and last step of each bar. */
  spans: readonly { from: number; to: number }[];
  /** Mean time a step of each phase in each bar. */
  meanMs: Record<Phase, readonly number[]>;
  /** Share of each phase in the time of all steps and evaluations, and mean time of a step. */
  shares: Record<Phase, number>;
  stepMs: number;
}

/** `totals` in the order of PHASE_METRICS; null before the first step. */
export function phaseBars(
  totals: readonly MetricTotals[],
  evaluations: readonly EvaluationOverview[],
): PhaseBars | null {
  const [sample, grade, gradient, whole] = totals.map((entry) => new StepTotals(entry, []));
  if (!sample || !grade || !gradient || !whole || whole.steps.length === 0) return null;
  const edges = bucketEdges(whole.steps, MOST_BARS);
  const spans = edges.slice(1).map((to, index) => ({ from: (edges[index] ?? 0) + 1, to }));
  const between = (reader: StepTotals) => spans.map(({ from, to }) => reader.at(to) - reader.at(from - 1));
  const parts = { sample: between(sample), grade: between(grade), gradient: between(gradient) };
  const all = between(whole);
  const sums: Record<Phase, number[]> = {
    ...parts,
    other: all.map((totalMs, bar) =>
      Math.max(0, totalMs - (parts.sample[bar] ?? 0) - (parts.grade[bar] ?? 0) - (parts.gradient[bar] ?? 0)),
    ),
    // What was measured before the first step belongs to no step.
    evaluate: spans.map(({ from, to }) =>
      sum(evaluations.filter(({ step }) => step >= from && step <= to).map(({ durationMs }) => durationMs)),
    ),
  };
  const steps = spans.map(({ from, to }) => to - from + 1);
  const totalMs = sum(PHASES.map((phase) => sum(sums[phase])));
  return {
    spans,
    meanMs: mapPhases((phase) => sums[phase].map((value, bar) => value / (steps[bar] ?? 1))),
    shares: mapPhases((phase) => (totalMs === 0 ? 0 : sum(sums[phase]) / totalMs)),
    stepMs: sum(all) / sum(steps),
  };
}

function mapPhases<Value>(value: (phase: Phase) => Value): Record<Phase, Value> {
  return Object.fromEntries(PHASES.map((phase) => [phase, value(phase)])) as Record<Phase, Value>;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export interface PhasesChartProps {
  runId: string;
  evaluations: readonly EvaluationOverview[];
  fileName: string;
}

export function PhasesChart({ runId, evaluations, fileName }: PhasesChartProps) {
  const { t } = useTranslation('run');
  const { data } = useHostQuery(
    'metricTotals',
    { run: runId, names: [...PHASE_METRICS], buckets: TOTAL_BUCKETS },
    { placeholderData: keepPreviousData },
  );
  const phases = useMemo(() => phaseBars(data ?? [], evaluations), [data, evaluations]);
  if (phases === null) return null;
  const { spans, meanMs, shares, stepMs } = phases;
  const shown = PHASES.filter((phase) => shares[phase] > 0);
  const largest = shown.reduce((most, phase) => (shares[phase] > shares[most] ? phase : most), shown[0] ?? 'sample');
  return (
    <StackedBars
      title={t('charts.phases')}
      unit={t('units.perStep')}
      scope={t('bucketMeans')}
      summary={t('summary.phases', {
        phase: t(`phases.${largest}`),
        share: formatRate(shares[largest], spans.length),
        duration: formatDuration(stepMs),
      })}
      categories={spans.map(({ from, to }) => (from === to ? String(to) : `${from}–${to}`))}
      bars={shown.map((phase) => ({ id: phase, name: t(`phases.${phase}`), values: meanMs[phase] }))}
      xName={t('x.step')}
      formatValue={formatDuration}
      totalPoints={spans.length}
      fileName={`${fileName}-phases`}
    />
  );
}

/** Whether a run with these metrics has anything to show here. */
export function hasPhases(recorded: readonly string[]): boolean {
  return recorded.includes('time/stepMs');
}
