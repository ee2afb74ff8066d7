// The comparison that the address names: its runs, sides, settings, results and curves. Runs in the renderer.
import { useMemo } from 'react';
import type { SettingRow } from '../../../contracts/analysis.ts';
import type { CurveBand } from '../../../contracts/metric-window.ts';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { useQueryState } from '../../app/query-state.ts';
import { bucketsFor } from '../../charts/line-buckets.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { useRefreshWhileLive } from '../../connection/refresh.ts';
import { useRunMarks } from '../../charts/run-marks.ts';
import type { RunMark } from '../../theme/tokens.ts';
import type { CompareState } from './compare-state.ts';
import { bandValue } from './results.ts';
import type { BandValue, ModeResult } from './results.ts';
import { MOST_COLOURS, colourKeys, comparedSettings, sidesOf, varyingPaths } from './sides.ts';
import type { ComparedSetting, Side } from './sides.ts';

/** About one a pixel of the widest chart. */
/** Of the bootstrap; fewer where many sides would make it long. The table says how many. */
const RESAMPLES = { few: 10_000, many: 1_000, manyFromSides: 50 } as const;
const NO_SETTINGS: readonly SettingRow[] = [];
const LIVE_METHODS = ['curveBands', 'metricWindow', 'compareRuns', 'completionSteps', 'promptInRuns'] as const;

export interface ChosenRuns {
  all: readonly RunSummary[] | undefined;
  /** In the address' order. */
  runs: readonly RunSummary[];
  /** Names that no run has. */
  unknown: readonly string[];
  error: Error | null;
  refetch: () => void;
}

export function useChosenRuns(named: CompareState['named']): ChosenRuns {
  const { data, error, refetch } = useHostQuery('listRuns', {});
  const found = useMemo(() => {
    const byName = new Map((data ?? []).flatMap((run) => [[run.id, run] as const, [`r${run.number}`, run] as const]));
    const names = data === undefined ? [] : (named ?? []);
    const runs = [...new Set(names.flatMap((name) => byName.get(name) ?? []))];
    return { runs, unknown: names.filter((name) => !byName.has(name)) };
  }, [data, named]);
  return { all: data, ...found, error, refetch: () => void refetch() };
}

export interface Comparison {
  sides: readonly Side[];
  settings: readonly ComparedSetting[];
  /** Settings that the runs can be grouped and coloured by. */
  paths: readonly string[];
  colourBy: string | null;
  /** What the colours stand for, where that is not the sides. */
  colours: readonly { key: string; mark: RunMark }[] | null;
  /** By side. */
  marks: readonly RunMark[];
  modes: readonly ModeResult[];
  metric: string;
  setMetric: (metric: string) => void;
  bands: readonly CurveBand[] | undefined;
  /** By side; empty until the curves are there. */
  values: readonly (BandValue | null)[];
  isPending: boolean;
  error: Error | null;
  refetch: () => void;
}

export function useComparison(runs: readonly RunSummary[], state: CompareState): Comparison {
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const enabled = ids.length > 0;
  const difference = useHostQuery('settingsDifference', { runs: ids }, { enabled });
  const rows = difference.data ?? NO_SETTINGS;
  const isReady = difference.data !== undefined;
  const sides = useMemo(
    () => (isReady ? sidesOf(runs, rows, state.grouping) : []),
    [isReady, runs, rows, state.grouping],
  );
  const settings = useMemo(() => comparedSettings(sides, rows), [sides, rows]);
  const paths = useMemo(() => varyingPaths(rows), [rows]);
  const [metric, setMetric] = useQueryState<string>('metric', 'reward/mean');
  const groups = sides.map(({ key, runs: own }) => ({ key, runs: own.map(({ id }) => id) }));
  const compared = {
    sides: groups.map((group) => group.runs),
    ...{ baseline: 0, at: 'end' as const, seed: 0 },
    resamples: sides.length < RESAMPLES.manyFromSides ? RESAMPLES.few : RESAMPLES.many,
  };
  const hasSides = { enabled: sides.length > 0 };
  const sampled = useHostQuery('compareRuns', { ...compared, mode: 'sampled' }, hasSides);
  const greedy = useHostQuery('compareRuns', { ...compared, mode: 'greedy' }, hasSides);
  // A value at a step is looked up among the points: for that they are asked for as finely as for a line alone.
  const buckets = bucketsFor(state.place.kind === 'step' ? 1 : sides.length);
  const curves = useHostQuery('curveBands', { name: metric, groups, from: null, to: null, buckets }, hasSides);
  useRefreshWhileLive(new Set(ids), LIVE_METHODS);
  const bands = useMemo(() => inOrder(curves.data, sides), [curves.data, sides]);
  const asked = [difference, sampled, greedy, curves];
  return {
    ...useSideMarks(sides, settings, paths, state),
    ...{ sides, settings, paths, metric, setMetric, bands },
    modes: [
      { mode: 'sampled', result: sampled.data },
      { mode: 'greedy', result: greedy.data },
    ],
    values: (bands ?? []).map((band) => bandValue(band, state.place)),
    isPending: enabled && !isReady,
    error: asked.find(({ error }) => error !== null)?.error ?? null,
    refetch: () => void Promise.all(asked.map(({ refetch }) => refetch())),
  };
}

/** Undefined until there is a curve of every side. */
function inOrder(bands: readonly CurveBand[] | undefined, sides: readonly Side[]): readonly CurveBand[] | undefined {
  const byKey = new Map(bands?.map((band) => [band.key, band]));
  const found = sides.flatMap(({ key }) => byKey.get(key) ?? []);
  return bands !== undefined && found.length === sides.length ? found : undefined;
}

function useSideMarks(
  sides: readonly Side[],
  settings: readonly ComparedSetting[],
  paths: readonly string[],
  { colourBy: wanted, grouping }: CompareState,
) {
  const path = [wanted, grouping, ...paths].find((candidate) => paths.includes(candidate)) ?? null;
  const colourBy = sides.length > MOST_COLOURS ? path : null;
  const keys = useMemo(() => colourKeys(sides, settings, colourBy), [sides, settings, colourBy]);
  const distinct = useMemo(() => [...new Set(keys)], [keys]);
  const markOf = useRunMarks(distinct);
  const marks = useMemo(() => keys.map(markOf), [keys, markOf]);
  const colours = useMemo(
    () => (colourBy === null ? null : distinct.map((key) => ({ key, mark: markOf(key) }))),
    [colourBy, distinct, markOf],
  );
  return { colourBy, marks, colours };
}
