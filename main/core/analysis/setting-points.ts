// Settings as points: seeds averaged, each objective with its interval. Runs in the host's query thread.
import type { Objective, ParetoPoint } from '../../../contracts/analysis.ts';
import { mean, meanWithInterval, pairedDifference } from '../statistics.ts';
import type { Column } from '../run-table/columns.ts';
import type { RunFacts } from '../run-table/run-facts.ts';
import type { EvaluationMode, RunSource } from '../run-table/run-source.ts';
import type { RunValues } from '../run-table/run-values.ts';
import { settingKey } from '../run-table/settings.ts';
import { accuracyEstimate, sideScores } from './compare-runs.ts';
import type { SideScores } from './compare-runs.ts';
import type { ChosenRun } from './run-choice.ts';

/** What the front needs of a setting, and each problem's scores to resample. */
export interface SettingPoint {
  key: string;
  label: string;
  runs: readonly RunFacts[];
  isBaseline: boolean;
  /** Null where an objective is missing. */
  objectives: (ParetoPoint['objectives'][number] | null)[];
  /** By objective: scores of an accuracy, by problem; null for objectives that no resample moves. */
  scores: ({ scores: number[]; clusters: number[] | null } | null)[];
}

export interface ObjectiveColumn extends Objective {
  column: Column;
}

/** Settings with a finished run, and the number of those without. */
export function settingPoints(
  source: RunSource,
  values: RunValues,
  chosen: readonly ChosenRun[],
  objectives: readonly ObjectiveColumn[],
): { points: SettingPoint[]; unfinished: number } {
  const points: SettingPoint[] = [];
  let unfinished = 0;
  for (const [key, members] of Map.groupBy(chosen, ({ run }) => settingKey(run))) {
    const [first] = members;
    const runs = members.map(({ run }) => run).filter(({ state }) => state === 'done');
    if (first === undefined || runs.length === 0) {
      if (first !== undefined && !first.isBaseline) unfinished += 1;
      continue;
    }
    const scores = objectives.map(({ column }) => objectiveScores(source, values, runs, column));
    points.push({
      ...{ key, label: first.label, runs, isBaseline: first.isBaseline, scores },
      objectives: objectives.map((objective, index) =>
        objectiveValue(values, runs, objective, (scores[index] ?? null) !== null),
      ),
    });
  }
  return { points, unfinished };
}

/** Of a setting, over the problems of one mode; null where it was not evaluated so. */
export function scoresOf(
  source: RunSource,
  latest: ReturnType<RunSource['evaluations']['latest']>,
  runs: readonly RunFacts[],
  mode: EvaluationMode,
  place: 'start' | 'end',
): SideScores | null {
  return sideScores(source, runs, mode, (run) => (place === 'start' ? 0 : latest.get(run.number)?.step));
}

/** Accuracy at the end minus at step 0, problem by problem; null without both. */
export function gainOf(start: SideScores | null, end: SideScores | null): ParetoPoint['gain'] {
  if (start === null || end === null || start.scores.length !== end.scores.length) return null;
  const { mean: value, low, high } = pairedDifference(start.scores, end.scores, end.clusters);
  const kind = end.clusters === null ? 'student-over-problems' : 'student-over-clusters';
  return Number.isFinite(low) ? { value, interval: { low, high, kind } } : null;
}

export function estimateOf(scores: SideScores | null): ParetoPoint['sampled'] {
  return scores && accuracyEstimate(scores);
}

function objectiveValue(
  values: RunValues,
  runs: readonly RunFacts[],
  { column, log }: ObjectiveColumn,
  isAccuracy: boolean,
): SettingPoint['objectives'][number] {
  const numbers = runs.map((run) => values.valueOf(run, column)).filter((value) => typeof value === 'number');
  const value = mean(numbers);
  if (numbers.length < runs.length || !Number.isFinite(value) || (log && value <= 0)) return null;
  const [only] = runs;
  if (numbers.length === 1 && only !== undefined) {
    const interval = column.kind === 'accuracy' ? (values.intervalOf(only, column.key)?.interval ?? null) : null;
    return { value, interval };
  }
  if (!isAccuracy && column.kind !== 'metric') return { value, interval: null };
  const { low, high } = meanWithInterval(numbers);
  return { value, interval: { low, high, kind: 'student-over-seeds' } };
}

function objectiveScores(
  source: RunSource,
  values: RunValues,
  runs: readonly RunFacts[],
  column: Column,
): SettingPoint['scores'][number] {
  if (column.kind !== 'accuracy') return null;
  const [mode, place = 'end'] = column.key.split('@');
  if (mode !== 'sampled' && mode !== 'greedy') return null;
  const latest = values.latestEvaluations(mode);
  const end = place === 'start' ? null : scoresOf(source, latest, runs, mode, 'end');
  const start = place === 'end' ? null : scoresOf(source, latest, runs, mode, 'start');
  if (place === 'end') return end;
  if (place === 'start') return start;
  if (start === null || end === null || start.scores.length !== end.scores.length) return null;
  const differences = end.scores.map((score, problem) => score - (start.scores[problem] ?? NaN));
  return { scores: differences, clusters: end.clusters };
}
