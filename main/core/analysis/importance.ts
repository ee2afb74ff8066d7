// How much each setting of a sweep explains of a result. Runs in the host's query thread.
import type { ImportanceQuery, ImportanceResult, SettingValue } from '../../../contracts/analysis.ts';
import { SeededRandom } from '../../../contracts/seeded-random.ts';
import { mean } from '../statistics.ts';
import type { RunFacts } from '../run-table/run-facts.ts';
import type { RunSource } from '../run-table/run-source.ts';
import { RunValues } from '../run-table/run-values.ts';
import { settingsOf } from '../run-table/settings.ts';
import { quantile } from './bootstrap.ts';
import { mainEffects } from './random-forest.ts';
import type { Feature, Observation } from './random-forest.ts';
import { chooseRuns } from './run-choice.ts';

const FEWEST_CELLS = 8;
const REFITS = 20;

interface Varied {
  path: string;
  feature: Feature;
  levelOf: Map<SettingValue, number>;
}

/** Throws NOT_FOUND for a sweep or run that there is not. */
export function settingImportance(source: RunSource, query: ImportanceQuery): ImportanceResult {
  const runs = chooseRuns(source, query)
    .filter(({ run, isBaseline }) => !isBaseline && run.state === 'done')
    .map(({ run }) => run);
  const values = new RunValues(source, runs);
  const column = values.column(query.objective);
  const measured = runs.flatMap((run) => {
    const result = values.valueOf(run, column);
    return typeof result === 'number' && Number.isFinite(result) ? [{ settings: featuresOf(run, query), result }] : [];
  });
  const varied = variedFeatures(measured.map(({ settings }) => settings));
  const scope = { method: { refits: REFITS, seed: query.seed }, cells: measured.length, fewestCells: FEWEST_CELLS };
  const nothing = (reason: NonNullable<ImportanceResult['reason']>): ImportanceResult => ({
    ...{ ...scope, reason, settings: [], interactions: null },
  });
  if (measured.length < FEWEST_CELLS) return nothing('few-cells');
  if (varied.length === 0) return nothing('no-setting-varies');
  const observations = measured.map(({ settings, result }) => ({
    result,
    levels: varied.map(({ path, levelOf }) => levelOf.get(settings.get(path) ?? null) ?? 0),
  }));
  const refits = refit(varied, observations, query.seed);
  if (refits.length === 0) return nothing('same-result');
  const settings = varied.map(({ path, feature }, index) => {
    const shares = Float64Array.from(refits, (shares) => shares[index] ?? 0).sort();
    const importance = mean([...shares]);
    return { path, importance, low: quantile(shares, 0.025), high: quantile(shares, 0.975), values: feature.levels };
  });
  const explained = settings.reduce((sum, { importance }) => sum + importance, 0);
  return {
    ...{ ...scope, reason: null },
    settings: settings.sort((left, right) => right.importance - left.importance),
    interactions: Math.max(0, 1 - explained),
  };
}

function refit(varied: readonly Varied[], observations: readonly Observation[], seed: number): number[][] {
  const features = varied.map(({ feature }) => feature);
  return Array.from({ length: REFITS }, (_, index) => {
    const random = new SeededRandom(seed, index);
    const drawn = observations.map(() => observations[random.integer(0, observations.length - 1)]);
    return mainEffects(
      features,
      drawn.flatMap((observation) => observation ?? []),
      random,
    );
  }).filter((shares) => shares !== null);
}

function featuresOf(run: RunFacts, { adapterAs }: ImportanceQuery): Map<string, SettingValue> {
  const settings = [...settingsOf(run.config)];
  if (adapterAs === 'settings') return new Map(settings);
  const others = settings.filter(([path]) => !path.startsWith('adapter.') || path === 'adapter.kind');
  return new Map([...others, ['numbers', run.parameterCount]]);
}

function variedFeatures(cells: readonly Map<string, SettingValue>[]): Varied[] {
  const paths = [...new Set(cells.flatMap((settings) => [...settings.keys()]))];
  return paths.flatMap((path) => {
    const distinct = [...new Set(cells.map((settings) => settings.get(path) ?? null))];
    if (distinct.length < 2) return [];
    const isOrdered = distinct.every((value) => typeof value === 'number');
    if (isOrdered) distinct.sort((left, right) => Number(left) - Number(right));
    const levelOf = new Map(distinct.map((value, level) => [value, level]));
    return [{ path, levelOf, feature: { levels: distinct.length, isOrdered } }];
  });
}
