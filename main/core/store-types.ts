// What core needs from a store. main/store satisfies these structurally; nothing here knows SQL. Runs in the host.
import type { CompletionRow, EvaluationResult, ParameterSnapshot } from '../../contracts/engine-protocol.ts';
import type { NonFinite } from '../../contracts/metric-window.ts';
import type { Preferences, PreferencesChange } from '../../contracts/preferences.ts';
import type { PlannedCell, RunChanges, RunRecord, SweepHeader, SweepRecord } from '../../contracts/run-record.ts';
import type { MetricSeries, RunEventRow, RunState, RunSummary } from '../../contracts/run-state.ts';

/** All methods are synchronous; each is one transaction. */
export interface RunStore {
  find(id: string): RunRecord | null;
  /** Runs whose id starts so; at most two, enough to tell unique from ambiguous. */
  findByPrefix(prefix: string): RunRecord[];
  list(): RunSummary[];
  /** The queued run that was queued first. */
  nextQueued(): RunRecord | null;
  withState(state: RunState): RunRecord[];
  /** Sets the state and writes an event; `queued` puts the run at the queue's end. */
  setState(id: string, state: RunState, changes: RunChanges, event: string): RunRecord;
  update(id: string, changes: RunChanges): void;
}

export interface SweepStore {
  /** Cells, sweep and the runs that are missing, in one transaction. Existing runs keep their state. */
  save(sweep: SweepHeader, cells: readonly PlannedCell[]): void;
  find(id: string): SweepRecord | null;
  findByPrefix(prefix: string): SweepRecord[];
  latestByName(name: string): SweepRecord | null;
  latestByRecipePath(recipePath: string): SweepRecord | null;
}

export interface MetricStore {
  /** Replaces what the run has of these names at this step. */
  append(runId: string, step: number, values: Readonly<Record<string, number>>): void;
  /** Notes the metrics of this step that are no numbers. */
  mark(runId: string, step: number, values: Readonly<Record<string, NonFinite>>): void;
  series(runId: string): MetricSeries[];
  /** Largest step with a metric; −1 where there is none. */
  lastStep(runId: string): number;
}

export interface ParameterStore {
  /** Replaces what the run has of this step. */
  save(runId: string, step: number, snapshot: ParameterSnapshot): void;
}

export interface EvaluationStore {
  save(runId: string, result: EvaluationResult): void;
  list(runId: string): EvaluationResult[];
}

export interface CompletionStore {
  append(runId: string, rows: readonly CompletionRow[]): void;
  /** Newest step first, at most `limit` rows; without their tokens. */
  latest(runId: string, limit: number): CompletionRow[];
  /** Largest step with a completion; −1 where there is none. */
  lastStep(runId: string): number;
}

export interface EventStore {
  append(runId: string, kind: string, message: string): void;
  list(runId: string): RunEventRow[];
}

export interface PreferenceStore {
  read(): Preferences;
  /** Answers with the preferences as they are now. */
  change(change: PreferencesChange): Preferences;
}

export interface Store {
  runs: RunStore;
  sweeps: SweepStore;
  metrics: MetricStore;
  parameters: ParameterStore;
  evaluations: EvaluationStore;
  completions: CompletionStore;
  events: EventStore;
  preferences: PreferenceStore;
  /** Removes metrics, evaluations and completions after `step`: a resumed engine writes them again. */
  rewind(runId: string, step: number): void;
  /** All of `work` in one transaction. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}
