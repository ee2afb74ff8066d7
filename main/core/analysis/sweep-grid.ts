// A sweep's cells as a grid of what varies, seeds averaged. Runs in the host's query thread.
import type { SettingValue } from '../../../contracts/analysis.ts';
import { ADAPTER_AXIS } from '../../../contracts/sweep-grid.ts';
import type {
  CellScore,
  SettingScore,
  SweepGrid,
  SweepGridAxis,
  SweepGridCell,
  SweepGridSetting,
} from '../../../contracts/sweep-grid.ts';
import { describeAdapter } from '../labels.ts';
import { mean, meanWithInterval } from '../statistics.ts';
import type { RunFacts, SweepMembership } from '../run-table/run-facts.ts';
import type { EvaluationMode, RunSource } from '../run-table/run-source.ts';
import { RunValues } from '../run-table/run-values.ts';
import { settingKey, settingsOf } from '../run-table/settings.ts';
import { gainOf, scoresOf } from './setting-points.ts';

/** Settings of each mode whose gain is worked out: it reads every problem's score. */
const BEST_SHOWN = 3;
const MODES = ['sampled', 'greedy'] as const satisfies EvaluationMode[];

interface Setting {
  key: string;
  label: string;
  role: SweepMembership['role'];
  runs: RunFacts[];
  varied: ReadonlyMap<string, SettingValue>;
}

/**
 * @param sweepId of a sweep that was not removed
 * @param cellIntervals whether each cell's own interval is wanted
 */
export function sweepGrid(
  source: RunSource,
  sweepId: string,
  cellIntervals: boolean,
): Pick<SweepGrid, 'axes' | 'settings' | 'best'> {
  const members = source.runs.memberships().filter((membership) => membership.sweepId === sweepId);
  const runs = source.runs.withIds(members.map(({ runId }) => runId));
  const values = new RunValues(source, runs);
  const grouped = groupedSettings(members, runs);
  const axes = gridAxes(grouped.filter(({ role }) => role === 'cell'));
  const settings = grouped.map((setting): SweepGridSetting => ({
    ...{ key: setting.key, label: setting.label, role: setting.role },
    numbers: setting.runs[0]?.parameterCount ?? null,
    values: axes.map(({ path }) => setting.varied.get(path) ?? null),
    cells: setting.runs
      .toSorted((left, right) => left.seed - right.seed)
      .map((run) => toCell(run, values, cellIntervals)),
    sampled: scoreOf(values, setting.runs, 'sampled'),
    greedy: scoreOf(values, setting.runs, 'greedy'),
  }));
  const best = { sampled: bestSettings(settings, 'sampled'), greedy: bestSettings(settings, 'greedy') };
  for (const mode of MODES) {
    for (const index of best[mode]) addGain(source, values, settings[index], grouped[index], mode);
  }
  return { axes, settings, best };
}

function toCell(run: RunFacts, values: RunValues, withIntervals: boolean): SweepGridCell {
  const { id: runId, number, seed, state, failure, lastStep, totalSteps, startedAtMs, endedAtMs } = run;
  const scoreOfMode = (mode: EvaluationMode): CellScore | null => {
    const evaluation = state === 'done' ? values.latestEvaluations(mode).get(number) : undefined;
    if (evaluation === undefined) return null;
    const { accuracy: value, problems, samples } = evaluation;
    const interval = withIntervals ? (values.intervalOf(run, mode)?.interval ?? null) : null;
    return { value, interval, problems, samples };
  };
  const scores = { sampled: scoreOfMode('sampled'), greedy: scoreOfMode('greedy') };
  return { runId, number, seed, state, failure, lastStep, totalSteps, startedAtMs, endedAtMs, ...scores };
}

function groupedSettings(members: readonly SweepMembership[], runs: readonly RunFacts[]): Setting[] {
  const settings = new Map<string, Setting>();
  for (const [index, { label, role }] of members.entries()) {
    const run = runs[index];
    if (run === undefined) continue;
    const key = `${role}\n${settingKey(run)}`;
    const known = settings.get(key);
    if (known) known.runs.push(run);
    else settings.set(key, { key, label, role, runs: [run], varied: variables(run) });
  }
  return [...settings.values()];
}

/** Its settings, those of the adapter as one: they have a meaning together only. */
function variables({ config }: RunFacts): Map<string, SettingValue> {
  const others = [...settingsOf(config)].filter(([path]) => path !== 'seed' && !path.startsWith('adapter.'));
  return new Map([[ADAPTER_AXIS, describeAdapter(config.adapter)], ...others]);
}

function gridAxes(settings: readonly Setting[]): SweepGridAxis[] {
  const paths = [...new Set(settings.flatMap(({ varied }) => [...varied.keys()]))];
  const sizes = new Map(
    settings.map(({ varied, runs: [first] }) => [varied.get(ADAPTER_AXIS) ?? null, first?.parameterCount ?? 0]),
  );
  const order = (path: string) => (left: SettingValue, right: SettingValue) => {
    const difference = path === ADAPTER_AXIS ? (sizes.get(left) ?? 0) - (sizes.get(right) ?? 0) : 0;
    return difference === 0 ? bySize(left, right) : difference;
  };
  const axes = paths.flatMap((path) => {
    const distinct = [...new Set(settings.map(({ varied }) => varied.get(path) ?? null))];
    return distinct.length < 2 ? [] : [{ path, values: distinct.sort(order(path)) }];
  });
  const free: string[] = [];
  return axes.map(({ path, values }) => {
    const leader = free.find((other) => decides(settings, other, path)) ?? null;
    if (leader === null) free.push(path);
    return { path, values, follows: leader };
  });
}

/** Whether cells that agree in `leader` agree in `follower`. */
function decides(settings: readonly Setting[], leader: string, follower: string): boolean {
  const values = new Map<SettingValue, SettingValue>();
  return settings.every(({ varied }) => {
    const [leading, following] = [varied.get(leader) ?? null, varied.get(follower) ?? null];
    if (!values.has(leading)) values.set(leading, following);
    return values.get(leading) === following;
  });
}

function bySize(left: SettingValue, right: SettingValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left).localeCompare(String(right), 'en', { numeric: true });
}

/** Over the finished runs that were evaluated in this mode; null without one. */
function scoreOf(values: RunValues, runs: readonly RunFacts[], mode: EvaluationMode): SettingScore | null {
  const latest = values.latestEvaluations(mode);
  const evaluated = runs.flatMap((run) => {
    const evaluation = run.state === 'done' ? latest.get(run.number) : undefined;
    return evaluation === undefined ? [] : [{ run, evaluation }];
  });
  const [first] = evaluated;
  if (first === undefined) return null;
  const { problems, samples } = first.evaluation;
  const common = { problems, samples, seeds: evaluated.length, gain: null };
  const accuracies = evaluated.map(({ evaluation }) => evaluation.accuracy);
  if (evaluated.length === 1) {
    return { value: mean(accuracies), interval: values.intervalOf(first.run, mode)?.interval ?? null, ...common };
  }
  const { mean: value, low, high } = meanWithInterval(accuracies);
  return { value, interval: { low, high, kind: 'student-over-seeds' }, ...common };
}

function bestSettings(settings: readonly SweepGridSetting[], mode: EvaluationMode): number[] {
  return settings
    .flatMap(({ role, [mode]: score }, index) => (role === 'cell' && score ? [{ index, value: score.value }] : []))
    .sort((left, right) => right.value - left.value)
    .slice(0, BEST_SHOWN)
    .map(({ index }) => index);
}

function addGain(
  source: RunSource,
  values: RunValues,
  setting: SweepGridSetting | undefined,
  group: Setting | undefined,
  mode: EvaluationMode,
): void {
  const score = setting?.[mode];
  if (!score || group === undefined) return;
  const done = group.runs.filter(({ state }) => state === 'done');
  const scores = (place: 'start' | 'end') => scoresOf(source, values.latestEvaluations(mode), done, mode, place);
  score.gain = gainOf(scores('start'), scores('end'));
}
