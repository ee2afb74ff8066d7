// A sweep as a row of a list: cells by state, times, and the best setting with its interval. Runs in the host and its
// query thread.
import type { EvaluationResult } from '../../contracts/engine-protocol.ts';
import type { RunRecord, SweepOverview } from '../../contracts/run-record.ts';
import type { BestScore, BestSetting, SweepSummary } from '../../contracts/sweep-report.ts';
import { canonicalJson } from './canonical-json.ts';
import { accuracyInterval, mean, meanWithInterval } from './statistics.ts';
import type { EvaluationStore, FinalResult, SweepStore } from './store-types.ts';

type Mode = EvaluationResult['mode'];

/** What summaries are made from; a store is one. */
export interface SummarySource {
  sweeps: Pick<SweepStore, 'overviews' | 'overview' | 'finalResults' | 'ofRun'>;
  evaluations: Pick<EvaluationStore, 'list'>;
}

/** Summaries of all sweeps, the last queued first. Finished sweeps are looked at once. */
export class SweepSummaries {
  readonly #source: SummarySource;
  /** Best settings by sweep, with what they were computed from. */
  readonly #best = new Map<string, { stamp: string; best: BestSetting | null }>();

  constructor(source: SummarySource) {
    this.#source = source;
  }

  list(): SweepSummary[] {
    return this.#source.sweeps.overviews().map((overview) => this.#summary(overview));
  }

  /** Of the sweeps that the run was the last open cell of. */
  endedWith(run: RunRecord): SweepSummary[] {
    return this.#source.sweeps.ofRun(run.id).flatMap(({ id }) => {
      const overview = this.#source.sweeps.overview(id);
      if (overview === null || overview.endedAtMs === null) return [];
      // A sweep that was cancelled as a whole is no news to the one who did it.
      const { done = 0, failed = 0 } = overview.cellsByState;
      return done + failed > 0 ? [this.#summary(overview)] : [];
    });
  }

  #summary({ recipeText: _, ...overview }: SweepOverview): SweepSummary {
    const { id, cellsByState, endedAtMs, startedAtMs } = overview;
    const cells = Object.values(cellsByState).reduce((total, count) => total + count, 0);
    const stamp = `${canonicalJson(cellsByState)} ${startedAtMs} ${endedAtMs} ${cells}`;
    const known = this.#best.get(id);
    const best = known?.stamp === stamp ? known.best : this.#bestOf(id);
    this.#best.set(id, { stamp, best });
    return { ...overview, cells, best };
  }

  /** Of the settings, with their seeds averaged; by sampled accuracy, or greedy where nothing was sampled. */
  #bestOf(sweepId: string): BestSetting | null {
    const settings = Map.groupBy(this.#source.sweeps.finalResults(sweepId), ({ setting }) => setting);
    let best: readonly FinalResult[] | null = null;
    let bestAccuracy = -1;
    for (const results of settings.values()) {
      const accuracy = accuracyOf(results, 'sampled') ?? accuracyOf(results, 'greedy') ?? -1;
      if (accuracy > bestAccuracy) [best, bestAccuracy] = [results, accuracy];
    }
    const [first] = best ?? [];
    if (best === null || first === undefined) return null;
    return {
      label: first.label,
      parameterCount: first.parameterCount,
      runIds: runIdsOf(best),
      sampled: this.#scoreOf(best, 'sampled'),
      greedy: this.#scoreOf(best, 'greedy'),
    };
  }

  /** Over seeds Student's interval; of one seed, that of its evaluation. Null where a seed lacks the mode. */
  #scoreOf(results: readonly FinalResult[], mode: Mode): BestScore | null {
    const evaluations = evaluationsOf(results, mode);
    const [first] = evaluations ?? [];
    const [only] = results;
    if (evaluations === null || first === undefined || only === undefined) return null;
    const { problems, samples, step } = first;
    const accuracies = evaluations.map(({ accuracy }) => accuracy);
    const scope = { accuracy: mean(accuracies), problems, samples, seeds: evaluations.length };
    if (evaluations.length > 1) {
      const { low, high } = meanWithInterval(accuracies);
      const interval = { low: Math.max(0, low), high: Math.min(1, high) };
      return { ...scope, ...interval, intervalKind: 'student-over-seeds' };
    }
    const whole = this.#source.evaluations
      .list(only.runId)
      .find((evaluation) => evaluation.step === step && evaluation.mode === mode);
    if (whole === undefined) return null;
    const { interval, intervalKind } = accuracyInterval(whole);
    return { ...scope, ...interval, intervalKind };
  }
}

function runIdsOf(results: readonly FinalResult[]): string[] {
  return [...new Set(results.map(({ runId }) => runId))];
}

/** One a seed; null where a seed lacks the mode. */
function evaluationsOf(results: readonly FinalResult[], mode: Mode) {
  const evaluations = results.flatMap(({ evaluation }) => (evaluation?.mode === mode ? evaluation : []));
  return evaluations.length === 0 || evaluations.length < runIdsOf(results).length ? null : evaluations;
}

function accuracyOf(results: readonly FinalResult[], mode: Mode): number | null {
  const evaluations = evaluationsOf(results, mode);
  return evaluations && mean(evaluations.map(({ accuracy }) => accuracy));
}
