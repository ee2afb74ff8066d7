// The value of any column for any run, each source read once a query. Runs in the host's query thread.
import type { IntervalOf } from '../../../contracts/run-table.ts';
import { accuracyInterval, pairedDifference } from '../statistics.ts';
import type { Accuracy, Column } from './columns.ts';
import { metricGoal, parseColumn } from './columns.ts';
import type { FilterValue } from './filter.ts';
import type { RunFacts } from './run-facts.ts';
import type { EvaluationMeans, EvaluationMode, RunAnnotation, RunSource } from './run-source.ts';
import { settingPaths, settingsOf } from './settings.ts';

const BYTES_PER_NUMBER = { fp32: 4, bf16: 2, fp16: 2 } as const;
type MetricSummaries = ReturnType<RunSource['metrics']['summaries']>;

export class RunValues {
  readonly runs: readonly RunFacts[];
  readonly #source: RunSource;
  readonly #settingPaths: readonly string[];
  readonly #evaluations = new Map<string, Map<number, EvaluationMeans>>();
  readonly #summaries = new Map<string, { nameId: number; byRun: MetricSummaries } | null>();
  #annotations: Map<string, RunAnnotation> | null = null;
  readonly #sweeps = new Map<number, string | null>();

  /** @param runs of which values are asked */
  constructor(source: RunSource, runs: readonly RunFacts[]) {
    this.#source = source;
    this.runs = runs;
    this.#settingPaths = settingPaths(runs.map(({ config }) => config));
  }

  get settingPaths(): readonly string[] {
    return this.#settingPaths;
  }

  column(key: string): Column {
    return parseColumn(key, this.#settingPaths);
  }

  /** Null where the run has no such value. */
  valueOf(run: RunFacts, column: Column): FilterValue {
    switch (column.kind) {
      case 'setting':
        return settingsOf(run.config).get(column.path) ?? null;
      case 'field':
        return this.#field(run, column.key);
      case 'metric':
        return this.#metric(run, column);
      case 'accuracy':
        return this.#accuracy(run, column.key);
    }
  }

  /** Interval and number of problems of an accuracy; null where it has none. */
  intervalOf(run: RunFacts, key: Accuracy): { interval: IntervalOf; n: number } | null {
    const { mode, place } = accuracyParts(key);
    if (place === null) return null;
    const step = place === 'start' ? 0 : this.#means('latest', mode).get(run.number)?.step;
    const evaluation = step === undefined ? null : this.#source.evaluations.find(run.number, step, mode);
    if (evaluation === null) return null;
    if (place !== 'gain') {
      const { interval, intervalKind } = accuracyInterval(evaluation);
      return { interval: { ...interval, kind: intervalKind }, n: evaluation.problems };
    }
    const start = this.#source.evaluations.find(run.number, 0, mode);
    if (start === null || start.perProblem.length !== evaluation.perProblem.length) return null;
    const { low, high, n } = pairedDifference(start.perProblem, evaluation.perProblem, evaluation.clusters);
    if (!Number.isFinite(low)) return null;
    const kind = evaluation.clusters === null ? 'student-over-problems' : 'student-over-clusters';
    return { interval: { low, high, kind }, n };
  }

  /** Text that a word of a filter is looked for in, in lower case. */
  textOf(run: RunFacts): string {
    const { tags, note } = this.annotationOf(run);
    return [run.label, run.id, this.#sweepOf(run) ?? '', ...tags, note].join('\n').toLowerCase();
  }

  /** The last evaluation of every run, by its number. */
  latestEvaluations(mode: EvaluationMode): Map<number, EvaluationMeans> {
    return this.#means('latest', mode);
  }

  annotationOf(run: RunFacts): RunAnnotation {
    this.#annotations ??= this.#source.runs.annotations();
    return this.#annotations.get(run.id) ?? { tags: [], note: '' };
  }

  /** Name of the sweep that the run was last queued with. */
  #sweepOf(run: RunFacts): string | null {
    const known = this.#sweeps.get(run.number);
    if (known !== undefined) return known;
    const name = this.#source.runs.sweepName(run.number);
    this.#sweeps.set(run.number, name);
    return name;
  }

  #field(run: RunFacts, key: string): FilterValue {
    switch (key) {
      case 'id':
      case 'label':
      case 'state':
      case 'seed':
      case 'attempts':
        return run[key];
      case 'sweep':
        return this.#sweepOf(run);
      case 'numbers':
        return run.parameterCount;
      case 'bytes':
        return adapterBytes(run);
      case 'step':
        return run.lastStep;
      case 'steps':
        return run.totalSteps;
      case 'progress':
        return run.totalSteps === 0 ? null : run.lastStep / run.totalSteps;
      case 'created':
        return run.createdAtMs;
      case 'started':
        return run.startedAtMs;
      case 'ended':
        return run.endedAtMs;
      case 'duration':
        return run.startedAtMs === null || run.endedAtMs === null ? null : run.endedAtMs - run.startedAtMs;
      case 'failure':
        return run.failure?.message ?? null;
      case 'tags': {
        const { tags } = this.annotationOf(run);
        return tags.length === 0 ? null : tags;
      }
      case 'note':
        return this.annotationOf(run).note || null;
      default:
        return null;
    }
  }

  #metric(run: RunFacts, { name, at }: Extract<Column, { kind: 'metric' }>): number | null {
    const metric = this.#metricSummaries(name);
    const summary = metric?.byRun.get(run.number);
    if (!metric || !summary) return null;
    if (typeof at === 'number') {
      return at >= summary.lastStep ? summary.last : this.#source.metrics.valueAt(run.number, metric.nameId, at);
    }
    return summary[at === 'best' ? metricGoal(name) : at];
  }

  #metricSummaries(name: string) {
    const known = this.#summaries.get(name);
    if (known !== undefined) return known;
    const nameId = this.#source.metrics.nameId(name);
    const metric = nameId === null ? null : { nameId, byRun: this.#source.metrics.summaries(nameId) };
    this.#summaries.set(name, metric);
    return metric;
  }

  #accuracy(run: RunFacts, key: Accuracy): number | null {
    if (key === 'strict' || key === 'lenient' || key === 'format') {
      return this.#means('latest', 'sampled').get(run.number)?.[key] ?? null;
    }
    const { mode, place } = accuracyParts(key);
    const end = this.#means('latest', mode).get(run.number)?.accuracy;
    if (place === 'end') return end ?? null;
    const start = this.#means('untrained', mode).get(run.number)?.accuracy;
    if (place === 'start') return start ?? null;
    return start === undefined || end === undefined ? null : end - start;
  }

  #means(which: 'latest' | 'untrained', mode: EvaluationMode): Map<number, EvaluationMeans> {
    const key = `${which} ${mode}`;
    let means = this.#evaluations.get(key);
    if (!means) this.#evaluations.set(key, (means = this.#source.evaluations[which](mode)));
    return means;
  }
}

function accuracyParts(key: Accuracy): { mode: EvaluationMode; place: 'start' | 'end' | 'gain' | null } {
  const [mode, place = 'end'] = key.split('@');
  if (mode !== 'sampled' && mode !== 'greedy') return { mode: 'sampled', place: null };
  return { mode, place: place === 'start' || place === 'gain' ? place : 'end' };
}

/** Of the trained numbers as they are stored; null where their count is not known yet. */
export function adapterBytes({ parameterCount, config }: RunFacts): number | null {
  return parameterCount && parameterCount * BYTES_PER_NUMBER[config.storage.precision];
}
