// Where tables and analyses take a run's results from; the store's reader satisfies it. Runs in the host's query thread.
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import type { MetricSummary } from '../../../contracts/metric-window.ts';
import type { RunFacts, SweepMembership } from './run-facts.ts';

export type EvaluationMode = EvaluationResult['mode'];

/** An evaluation without each problem's score. */
export interface EvaluationMeans {
  runNumber: number;
  step: number;
  mode: EvaluationMode;
  samples: number;
  problems: number;
  accuracy: number;
  strict: number;
  lenient: number;
  format: number;
  durationMs: number;
}

export interface RunSource {
  runs: {
    /** Newest first. */
    all: () => RunFacts[];
    /** In the order of the ids. Throws NOT_FOUND. */
    withIds: (ids: readonly string[]) => RunFacts[];
    /** Every sweep that a run is in, the latest queued first. */
    memberships: () => SweepMembership[];
    /** Of the sweep that the run was last queued with; null where it is in none. */
    sweepName: (runNumber: number) => string | null;
    /** Tags and notes by run id; runs without either are left out. */
    annotations: () => Map<string, RunAnnotation>;
  };
  metrics: {
    /** Null where no run has such a metric. */
    nameId: (name: string) => number | null;
    /** By run number, of all runs that have the metric. */
    summaries: (nameId: number) => Map<number, MetricSummary>;
    /** The value at `step` or, missing there, the last before it. */
    valueAt: (runNumber: number, nameId: number, step: number) => number | null;
  };
  evaluations: {
    /** The last one of every run that has one: after training, or as far as it has come. */
    latest: (mode: EvaluationMode) => Map<number, EvaluationMeans>;
    /** Every run's before training. */
    untrained: (mode: EvaluationMode) => Map<number, EvaluationMeans>;
    /** At which a run was evaluated, ascending. */
    steps: (runNumber: number, mode: EvaluationMode) => number[];
    /** With each problem's score; null where there is none. */
    find: (runNumber: number, step: number, mode: EvaluationMode) => EvaluationResult | null;
  };
}

export interface RunAnnotation {
  tags: string[];
  note: string;
}
