// One run as its own screen shows it: configuration, evaluations with intervals, events. Runs in the host.
import type { EvaluationResult } from '../../contracts/engine-protocol.ts';
import type { EvaluationOverview, RunOverview } from '../../contracts/run-overview.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import { toSummary } from './run-states.ts';
import { accuracyInterval } from './statistics.ts';
import type { Store } from './store-types.ts';

export function runOverview(store: Store, run: RunRecord, runFolder: string): Omit<RunOverview, 'pending'> {
  const { config, modelHash, basesFingerprint, provenance, failure, lastStep } = run;
  return {
    run: toSummary(run),
    config,
    runFolder,
    modelHash,
    basesFingerprint,
    provenance,
    evaluations: store.evaluations.list(run.id).map(evaluationOverview),
    events: store.events.list(run.id),
    sweeps: store.sweeps
      .ofRun(run.id)
      .map((sweep) => ({ ...sweep, recipePath: store.sweeps.overview(sweep.id)?.recipePath ?? '' })),
    safeStep: failure?.lastStep ?? lastStep,
  };
}

function evaluationOverview(evaluation: EvaluationResult): EvaluationOverview {
  const { perProblem: _perProblem, clusters: _clusters, ...overview } = evaluation;
  const { interval, intervalKind } = accuracyInterval(evaluation);
  return { ...overview, interval: { ...interval, kind: intervalKind } };
}
