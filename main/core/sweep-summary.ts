// A sweep as a row of a list: cells by state, times, and the best setting with its interval. Runs in the host.
import type { EvaluationResult } from '../../contracts/engine-protocol.ts';
import type { RunRecord, SweepOverview, SweepRecord } from '../../contracts/run-record.ts';
import type { BestScore, BestSetting, SweepSummary } from '../../contracts/sweep-report.ts';
import { canonicalJson } from './canonical-json.ts';
import { accuracyInterval, mean, meanWithInterval } from './statistics.ts';
import type { Store } from './store-types.ts';

type Mode = EvaluationResult['mode'];

interface DoneCell {
  run: RunRecord;
  label: string;
  results: Record<Mode, EvaluationResult | null>;
}

/** Summaries of all sweeps, the last queued first. Finished sweeps are looked at once. */
export class SweepSummaries {
  readonly #store: Store;
  /** Best settings by sweep, with what they were computed from. */
  readonly #best = new Map<string, { stamp: string; best: BestSetting | null }>();

  constructor(store: Store) {
    this.#store = store;
  }

  list(): SweepSummary[] {
    return this.#store.sweeps.overviews().map((overview) => this.#summary(overview));
  }

  /** Null where there is no such sweep. */
  find(sweepId: string): SweepSummary | null {
    const overview = this.#store.sweeps.overview(sweepId);
    return overview === null ? null : this.#summary(overview);
  }

  /** Of the sweeps that the run was the last open cell of. */
  endedWith(run: RunRecord): SweepSummary[] {
    return this.#store.sweeps.ofRun(run.id).flatMap(({ id }) => {
      const summary = this.find(id);
      if (summary === null || summary.endedAtMs === null) return [];
      // A sweep that was cancelled as a whole is no news to the one who did it.
      const { done = 0, failed = 0 } = summary.cellsByState;
      return done + failed > 0 ? [summary] : [];
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

  #bestOf(sweepId: string): BestSetting | null {
    const sweep = this.#store.sweeps.find(sweepId);
    return sweep === null ? null : bestSetting(this.#doneCells(sweep));
  }

  #doneCells(sweep: SweepRecord): DoneCell[] {
    return sweep.cells.flatMap(({ runId, label, role }) => {
      if (role === 'baseline') return [];
      const run = this.#store.runs.find(runId);
      if (run?.state !== 'done') return [];
      const results = this.#store.evaluations.list(runId);
      const last = Math.max(...results.map(({ step }) => step));
      const at = (mode: Mode) => results.find((result) => result.step === last && result.mode === mode) ?? null;
      return [{ run, label, results: { sampled: at('sampled'), greedy: at('greedy') } }];
    });
  }
}

/** Of the settings, with their seeds averaged; by sampled accuracy, or greedy where nothing was sampled. */
function bestSetting(cells: readonly DoneCell[]): BestSetting | null {
  const settings = Map.groupBy(cells, ({ run: { config } }) => canonicalJson({ ...config, seed: 0 }));
  let best: BestSetting | null = null;
  for (const seeds of settings.values()) {
    const [first] = seeds;
    if (first === undefined) continue;
    const setting: BestSetting = {
      label: first.label,
      parameterCount: first.run.parameterCount,
      runIds: seeds.map(({ run }) => run.id),
      sampled: scoreOf(seeds, 'sampled'),
      greedy: scoreOf(seeds, 'greedy'),
    };
    if (accuracyOf(setting) > accuracyOf(best)) best = setting;
  }
  return best;
}

function accuracyOf(setting: BestSetting | null): number {
  return setting?.sampled?.accuracy ?? setting?.greedy?.accuracy ?? -1;
}

/** Over seeds Student's interval; of one seed, that of its evaluation. Null where a seed lacks the mode. */
function scoreOf(seeds: readonly DoneCell[], mode: Mode): BestScore | null {
  const results = seeds.flatMap(({ results: pair }) => pair[mode] ?? []);
  const [first] = results;
  if (first === undefined || results.length < seeds.length) return null;
  const { problems, samples } = first;
  const accuracies = results.map(({ accuracy }) => accuracy);
  const scope = { accuracy: mean(accuracies), problems, samples, seeds: results.length };
  if (results.length === 1) {
    const { interval, intervalKind } = accuracyInterval(first);
    return { ...scope, ...interval, intervalKind };
  }
  const { low, high } = meanWithInterval(accuracies);
  const interval = { low: Math.max(0, low), high: Math.min(1, high) };
  return { ...scope, ...interval, intervalKind: 'student-over-seeds' };
}
