// Pareto fronts of any objectives, with what a chart of them needs. Runs in the host's query thread.
import type { ParetoPoint, ParetoQuery, ParetoResult, SettingValue } from '../../../contracts/analysis.ts';
import { badInput } from '../../../contracts/app-error.ts';
import { mean } from '../statistics.ts';
import type { RunSource } from '../run-table/run-source.ts';
import { RunValues, adapterBytes } from '../run-table/run-values.ts';
import { settingsOf } from '../run-table/settings.ts';
import { hypervolume, nonDominated } from './front.ts';
import type { Costs } from './front.ts';
import { frontShares } from './front-share.ts';
import { readingOnce } from './read-once.ts';
import { chooseRuns } from './run-choice.ts';
import { estimateOf, gainOf, scoresOf, settingPoints } from './setting-points.ts';
import type { ObjectiveColumn, SettingPoint } from './setting-points.ts';

/** Below this share of resamples a place on the front is called uncertain. */
const SURE_SHARE = 0.95;
/** The reference lies this part of the points' range beyond the worst of them, so that the worst count too. */
const REFERENCE_MARGIN = 0.1;

/** Throws NOT_FOUND for a sweep or run that there is not, BAD_INPUT for a reference of another length. */
export function paretoAnalysis(store: RunSource, query: ParetoQuery): ParetoResult {
  if (query.reference !== null && query.reference.length !== query.objectives.length) {
    throw badInput(`The reference needs ${query.objectives.length} numbers, one an objective.`);
  }
  const source = readingOnce(store);
  const chosen = chooseRuns(source, query);
  const values = new RunValues(
    source,
    chosen.map(({ run }) => run),
  );
  const objectives = query.objectives.map((objective) => ({ ...objective, column: values.column(objective.key) }));
  const { points: all, unfinished } = settingPoints(source, values, chosen, objectives);
  const candidates = all.filter(({ isBaseline }) => !isBaseline);
  const drawn = candidates.filter((point) => point.objectives.every((value) => value !== null));
  const signs = objectives.map(({ goal }) => (goal === 'max' ? -1 : 1));
  const costs = drawn.map((point) => costsOf(point, signs));
  const front = nonDominated(costs);
  const shares = frontShares(
    drawn.map(({ scores }, index) => ({ scores, costs: costs[index] ?? [] })),
    signs,
    query,
  );
  const axes = variedSettings(drawn);
  const fullGain = bestFullGain(source, values, all);
  const onFront = new Set(front);
  const points = drawn.map((point, index): ParetoPoint => {
    const share = shares[index] ?? null;
    return {
      ...pointResults(source, values, point, fullGain),
      isOnFront: onFront.has(index),
      frontShare: share,
      isUncertain: onFront.has(index) && share !== null && share < SURE_SHARE,
      settings: axes.map(({ path }) => settingOf(point, path)),
    };
  });
  return {
    objectives: query.objectives,
    ...{ points, front, axes, unfinished, incomplete: candidates.length - drawn.length },
    attainment: objectives.length === 2 ? attainmentLine(front, points) : [],
    baselines: baselineLines(all, objectives, values),
    hypervolume: hypervolumeOf(query, objectives, points, values),
    method: { resamples: query.resamples, seed: query.seed },
  };
}

function costsOf({ objectives }: SettingPoint, signs: readonly number[]): Costs {
  return objectives.map((objective, index) => (signs[index] ?? 1) * (objective?.value ?? Infinity));
}

function attainmentLine(front: readonly number[], points: readonly ParetoPoint[]): ParetoResult['attainment'] {
  const corners = front.map((index) => {
    const [x, y] = points[index]?.objectives ?? [];
    return { x: x?.value ?? NaN, y: y?.value ?? NaN };
  });
  return corners.sort((left, right) => left.x - right.x);
}

function pointResults(source: RunSource, values: RunValues, point: SettingPoint, fullGain: number | null) {
  const scores = (mode: 'sampled' | 'greedy', place: 'start' | 'end') =>
    scoresOf(source, values.latestEvaluations(mode), point.runs, mode, place);
  const [sampled, greedy] = [scores('sampled', 'end'), scores('greedy', 'end')];
  const mode = sampled ? 'sampled' : 'greedy';
  const gain = gainOf(scores(mode, 'start'), sampled ?? greedy);
  const [first] = point.runs;
  return {
    key: point.key,
    label: point.label,
    adapter: first?.config.adapter.kind ?? '',
    runIds: point.runs.map(({ id }) => id),
    seeds: point.runs.map(({ seed }) => seed),
    numbers: first?.parameterCount ?? null,
    bytes: first === undefined ? null : adapterBytes(first),
    notes: [...new Set(point.runs.map((run) => values.annotationOf(run).note).filter((note) => note !== ''))],
    objectives: point.objectives.flatMap((objective) => objective ?? []),
    sampled: estimateOf(sampled),
    greedy: estimateOf(greedy),
    gain,
    gainFraction: gainFraction(gain, fullGain),
  };
}

/** The interval takes the gain of full fine-tuning as known. */
function gainFraction(gain: ParetoPoint['gain'], fullGain: number | null): ParetoPoint['gainFraction'] {
  if (gain === null || fullGain === null || fullGain <= 0) return null;
  const { low, high, kind } = gain.interval;
  return { value: gain.value / fullGain, interval: { low: low / fullGain, high: high / fullGain, kind } };
}

/** Of the best full fine-tuning, sampled where there is that; null without one. */
function bestFullGain(source: RunSource, values: RunValues, points: readonly SettingPoint[]): number | null {
  const gains = points
    .filter(({ runs }) => runs[0]?.config.adapter.kind === 'full')
    .flatMap(({ runs }) => {
      const gains = (['sampled', 'greedy'] as const).map((mode) => {
        const latest = values.latestEvaluations(mode);
        const start = scoresOf(source, latest, runs, mode, 'start');
        return gainOf(start, scoresOf(source, latest, runs, mode, 'end'))?.value ?? null;
      });
      return gains.find((gain) => gain !== null) ?? [];
    });
  return gains.length === 0 ? null : Math.max(...gains);
}

function settingOf(point: SettingPoint, path: string): SettingValue {
  const [first] = point.runs;
  return (first && settingsOf(first.config).get(path)) ?? null;
}

/** Settings with at least two values; one that some points lack, and that is equal in the rest, tells nothing more. */
function variedSettings(points: readonly SettingPoint[]): ParetoResult['axes'] {
  const found = new Map<string, { values: Set<SettingValue>; having: number }>();
  for (const { runs } of points) {
    for (const [path, value] of runs[0] ? settingsOf(runs[0].config) : []) {
      const setting = found.get(path) ?? { values: new Set(), having: 0 };
      setting.values.add(value);
      setting.having += 1;
      found.set(path, setting);
    }
  }
  found.delete('seed');
  return [...found].flatMap(([path, { values, having }]) => {
    if (values.size < 2) return [];
    if (having < points.length) values.add(null);
    return [{ path, values: [...values].sort(bySize) }];
  });
}

function bySize(left: SettingValue, right: SettingValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left) < String(right) ? -1 : 1;
}

/** The untrained model from every run's step 0, then the recipes' baselines that were trained. */
function baselineLines(
  points: readonly SettingPoint[],
  objectives: readonly ObjectiveColumn[],
  values: RunValues,
): ParetoResult['baselines'] {
  const untrained = objectives.map(({ column }) => untrainedValue(values, column));
  const trained = points.filter(({ isBaseline, runs }) => isBaseline && runs[0]?.config.adapter.kind !== 'none');
  return [
    ...(untrained.some((value) => value !== null) ? [{ label: 'untrained', runIds: [], objectives: untrained }] : []),
    ...trained.map(({ label, runs, objectives: own }) => ({
      label,
      runIds: runs.map(({ id }) => id),
      objectives: own.map((objective) => objective?.value ?? null),
    })),
  ];
}

function untrainedValue(values: RunValues, column: ObjectiveColumn['column']): number | null {
  if (column.kind !== 'accuracy' || !/^(sampled|greedy)/.test(column.key)) return null;
  if (column.key.endsWith('@gain')) return 0;
  const start = values.column(`${column.key.replace('@start', '')}@start`);
  const accuracies = values.runs.map((run) => values.valueOf(run, start)).filter((value) => typeof value === 'number');
  return accuracies.length === 0 ? null : mean(accuracies);
}

/** Costs from 0 at the ideal to 1 at the reference, on the objectives' own axes. */
function hypervolumeOf(
  query: ParetoQuery,
  objectives: readonly ObjectiveColumn[],
  points: readonly ParetoPoint[],
  values: RunValues,
): ParetoResult['hypervolume'] {
  if (points.length === 0) return null;
  const scales = objectives.map(({ goal, log, column }, index) => {
    const axis = (value: number): number => (log ? Math.log10(value) : value);
    const reached = points.map(({ objectives: own }) => axis(own[index]?.value ?? NaN));
    const [low, high] = [Math.min(...reached), Math.max(...reached)];
    const isAccuracy = column.kind === 'accuracy' && !column.key.endsWith('@gain');
    const best = goal === 'max' ? (isAccuracy ? 1 : high) : isAccuracy ? 0 : low;
    const worst = goal === 'max' ? low : high;
    const beyond = worst + (goal === 'max' ? -1 : 1) * REFERENCE_MARGIN * (high - low);
    const stated = query.reference?.[index];
    const reference = stated === undefined ? (untrainedValue(values, column) ?? beyond) : axis(stated);
    return { axis, ideal: best, reference, unscaled: (value: number) => (log ? 10 ** value : value) };
  });
  if (scales.some(({ ideal, reference }) => !Number.isFinite(reference) || ideal === reference)) return null;
  const share = hypervolume(
    points.map(({ objectives: own }) =>
      scales.map(({ axis, ideal, reference }, index) => (axis(own[index]?.value ?? NaN) - ideal) / (reference - ideal)),
    ),
  );
  if (share === null) return null;
  return {
    share,
    reference: scales.map(({ unscaled, reference }) => unscaled(reference)),
    ideal: scales.map(({ unscaled, ideal }) => unscaled(ideal)),
  };
}
