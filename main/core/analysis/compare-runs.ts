// Accuracies of runs against a baseline, problem by problem. Runs in the host's query thread.
import type {
  AccuracyEstimate,
  CompareRunsQuery,
  CompareRunsResult,
  RunDifference,
} from '../../../contracts/analysis.ts';
import { badInput } from '../../../contracts/app-error.ts';
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import type { RunFacts } from '../run-table/run-facts.ts';
import type { EvaluationMode, RunSource } from '../run-table/run-source.ts';
import { accuracyInterval, meanOfLists, meanWithInterval } from '../statistics.ts';
import { holm, pairedBootstrap } from './bootstrap.ts';

/** One setting's evaluations of one mode and place, a run each. */
export interface SideScores {
  evaluations: EvaluationResult[];
  /** Each problem's mean over the runs. */
  scores: number[];
  clusters: number[] | null;
}
type Side = CompareRunsResult['sides'][number];

/** Throws NOT_FOUND, and BAD_INPUT for a baseline that is none of the sides. */
export function compareRuns(source: RunSource, query: CompareRunsQuery): CompareRunsResult {
  if (query.baseline >= query.sides.length) {
    throw badInput(`There is no side ${query.baseline} to compare with: give one from 0 to ${query.sides.length - 1}.`);
  }
  const latest = source.evaluations.latest(query.mode);
  const sides = query.sides.map((ids) => {
    const steps = (run: RunFacts) => (query.at === 'start' ? 0 : latest.get(run.number)?.step);
    return sideScores(source, source.runs.withIds(ids), query.mode, steps);
  });
  const baseline = sides[query.baseline] ?? null;
  const answers = sides.map((side, index) => describeSide(side, baseline, index === query.baseline, query));
  const compared = answers.flatMap(({ against }) => against ?? []);
  const corrected = holm(compared.map(({ pValue }) => pValue));
  for (const [index, against] of compared.entries()) {
    against.pHolm = corrected[index] ?? 1;
    against.isSignificant = against.pHolm < 0.05;
  }
  const { resamples, seed } = query;
  const clusters = baseline?.clusters ? new Set(baseline.clusters).size : null;
  const method = { problems: baseline?.scores.length ?? 0, clusters, resamples, seed };
  return { method, comparisons: compared.length, sides: answers };
}

/** Null where a run has no such evaluation, or runs were evaluated on different problems. */
export function sideScores(
  source: RunSource,
  runs: readonly RunFacts[],
  mode: EvaluationMode,
  stepOf: (run: RunFacts) => number | undefined,
): SideScores | null {
  const evaluations = runs.flatMap((run) => {
    const step = stepOf(run);
    return step === undefined ? [] : (source.evaluations.find(run.number, step, mode) ?? []);
  });
  const [first] = evaluations;
  const problems = first?.perProblem.length;
  const isAlike = evaluations.every(({ perProblem }) => perProblem.length === problems);
  if (first === undefined || evaluations.length < runs.length || !isAlike) return null;
  const scores = meanOfLists(evaluations.map(({ perProblem }) => perProblem));
  return { evaluations, scores, clusters: first.clusters };
}

/** Over seeds where there are several, else over the problems of the one evaluation. */
export function accuracyEstimate({ evaluations, scores, clusters }: SideScores): AccuracyEstimate {
  const [first] = evaluations;
  const { problems = 0, samples = 0, step = 0 } = first ?? {};
  const value = meanWithInterval(evaluations.map(({ accuracy }) => accuracy));
  if (evaluations.length > 1) {
    return {
      value: value.mean,
      interval: { low: value.low, high: value.high, kind: 'student-over-seeds' },
      problems,
      samples,
      step,
    };
  }
  const { interval, intervalKind } = accuracyInterval({ samples, perProblem: scores, clusters });
  return { value: value.mean, interval: { ...interval, kind: intervalKind }, problems, samples, step };
}

function describeSide(
  side: SideScores | null,
  baseline: SideScores | null,
  isBaseline: boolean,
  query: CompareRunsQuery,
): Side {
  if (side === null) return { accuracy: null, overSeeds: null, against: null };
  const seeds = side.evaluations.length;
  const over = meanWithInterval(side.evaluations.map(({ accuracy }) => accuracy));
  const interval = { low: over.low, high: over.high, kind: 'student-over-seeds' as const };
  const pooled = accuracyInterval({ ...side, samples: side.evaluations[0]?.samples ?? 1, perProblem: side.scores });
  const isSingle = seeds === 1;
  const accuracy = isSingle
    ? accuracyEstimate(side)
    : { ...accuracyEstimate(side), interval: { ...pooled.interval, kind: pooled.intervalKind } };
  const overSeeds = isSingle ? null : { mean: over.mean, interval, seeds };
  const isPaired = !isBaseline && baseline?.scores.length === side.scores.length;
  return { accuracy, overSeeds, against: isPaired ? difference(side, baseline, query) : null };
}

function difference(side: SideScores, baseline: SideScores, query: CompareRunsQuery): RunDifference {
  const differences = side.scores.map((score, index) => score - (baseline.scores[index] ?? NaN));
  const { low, high, pValue } = pairedBootstrap(differences, side.clusters, query);
  const kind = side.clusters === null ? 'bootstrap-over-problems' : 'bootstrap-over-clusters';
  return {
    difference: meanWithInterval(differences).mean,
    interval: { low, high, kind },
    ...{ pValue, pHolm: pValue, isSignificant: pValue < 0.05, problems: differences.length },
  };
}
