// Held-out accuracy over the steps of groups of runs, each with the interval that it has. Runs in the host's query thread.
import type { EvaluationCurve, EvaluationCurveQuery } from '../../../contracts/analysis.ts';
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import type { RunSource } from '../run-table/run-source.ts';
import { meanOfLists } from '../statistics.ts';
import { accuracyEstimate } from './compare-runs.ts';

export function evaluationCurves(source: RunSource, { groups, mode }: EvaluationCurveQuery): EvaluationCurve[] {
  return groups.map(({ key, runs }) => {
    const evaluations = source.runs
      .withIds(runs)
      .flatMap(({ number }) =>
        source.evaluations.steps(number, mode).flatMap((step) => source.evaluations.find(number, step, mode) ?? []),
      );
    const byStep = Map.groupBy(evaluations, ({ step }) => step);
    const steps = [...byStep.keys()].sort((left, right) => left - right);
    return { key, points: steps.map((step) => estimateOf(byStep.get(step) ?? [])) };
  });
}

/** Of evaluations at one step, a run each. */
function estimateOf(evaluations: EvaluationResult[]): EvaluationCurve['points'][number] {
  const lists = evaluations.map(({ perProblem }) => perProblem);
  // Runs of one setting may have been evaluated on different numbers of problems: their mean needs no pairing.
  const isAlike = lists.every(({ length }) => length === lists[0]?.length);
  const scores = isAlike ? meanOfLists(lists) : [];
  const estimate = accuracyEstimate({ evaluations, scores, clusters: evaluations[0]?.clusters ?? null });
  return { ...estimate, seeds: evaluations.length };
}
