// What core needs from a store. main/store satisfies these structurally; nothing here knows SQL. Runs in the host.
import type { QueueHold, SweepName } from '../../contracts/queue.ts';
import type {
  Pilot,
  PlannedCell,
  RunChanges,
  RunRecord,
  SavedSweep,
  ShapeCost,
  SweepHeader,
  SweepOverview,
  SweepRecord,
} from '../../contracts/run-record.ts';
import type { CompletionRow, EvaluationResult, ParameterSnapshot } from '../../contracts/engine-protocol.ts';
import type { Download, ModelInspection, SweepUse } from '../../contracts/library.ts';
import type { NonFinite } from '../../contracts/metric-window.ts';
import type { Preferences, PreferencesChange } from '../../contracts/preferences.ts';
import type { MetricSeries, RunEventRow, RunState, RunSummary } from '../../contracts/run-state.ts';
import type { SavedView } from '../../contracts/saved-view.ts';

/** All methods are synchronous; each is one transaction. */
export interface RunStore {
  find(id: string): RunRecord | null;
  findByNumber(number: number): RunRecord | null;
  /** Runs whose id starts so; at most two, enough to tell unique from ambiguous. */
  findByPrefix(prefix: string): RunRecord[];
  /** All that were not removed. */
  list(): RunSummary[];
  /** The waiting run that comes first. */
  nextQueued(): RunRecord | null;
  /** Removed ones, too. */
  withState(state: RunState): RunRecord[];
  /** Sets the state and writes an event; `queued` puts the run at the queue's end, except where it keeps its place. */
  setState(id: string, state: RunState, changes: RunChanges, event: string, keepsPlace?: boolean): RunRecord;
  update(id: string, changes: RunChanges): void;
  /** Configurations that name files below the folder name them below the other from now on. */
  moveFiles(fromFolder: string, toFolder: string): void;
}

/** A finished cell's evaluation after training, without each problem's score. */
export interface FinalResult {
  runId: string;
  label: string;
  /** Equal for cells that differ in their seed alone. */
  setting: string;
  parameterCount: number | null;
  evaluation: Pick<EvaluationResult, 'step' | 'mode' | 'accuracy' | 'problems' | 'samples'> | null;
}

export interface SweepStore {
  /** Cells, sweep and the runs that are missing, in one transaction. Existing runs keep their state. */
  save(sweep: SweepHeader, cells: readonly PlannedCell[]): SavedSweep;
  /** Cells that the sweep does not have yet, behind those of its recipe. */
  addCells(sweepId: string, cells: readonly PlannedCell[]): SavedSweep;
  /** @returns whether the cell's run is the edited one; else that was removed in favour of one that existed */
  replaceRun(runId: string, cell: PlannedCell): boolean;
  find(id: string): SweepRecord | null;
  findByNumber(number: number): SweepRecord | null;
  /** The last queued first; without removed ones. */
  overviews(): SweepOverview[];
  /** Of each finished cell that is no baseline, in the sweep's order: an entry a mode; one without a mode where it has none. */
  finalResults(id: string): FinalResult[];
  overview(id: string): SweepOverview | null;
  /** Sweeps that have the run's cell, the last queued first. */
  ofRun(runId: string): SweepName[];
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
  /** Removes those of training, and of evaluations too unless they are kept. @returns how many */
  prune(runId: string, keepEvaluations: boolean): number;
}

export interface EventStore {
  append(runId: string, kind: string, message: string): void;
  list(runId: string): RunEventRow[];
}

/** What a model file was found to be, for as long as size and time of change stay. */
export interface StoredInspection {
  path: string;
  sizeBytes: number;
  modifiedAtMs: number;
  inspection: ModelInspection | null;
  failure: string | null;
}

export interface LibraryStore {
  addFile(path: string, kind: 'model' | 'data'): void;
  removeFile(path: string): void;
  files(kind: 'model' | 'data'): string[];
  inspection(path: string): StoredInspection | null;
  saveInspection(inspection: StoredInspection): void;
  saveDownload(download: Download): void;
  findDownload(id: string): Download | null;
  /** Newest first. */
  downloads(): Download[];
  removeDownload(id: string): void;
  /** Sweeps by each path that their cells name as model, training or held-out data. */
  sweepsByFile(): Map<string, SweepUse[]>;
}

/** Settings of the host that outlive it. */
export interface HostSettingStore {
  /** Null where it was never set. */
  get(name: string): unknown;
  set(name: string, value: unknown): void;
}

export interface QueueStore {
  settings(): { hold: QueueHold | null; continueAfterFailure: boolean };
  setHold(hold: QueueHold | null): void;
  setContinueAfterFailure(enabled: boolean): void;
  waiting(limit: number): RunRecord[];
  waitingCount(): number;
  waitingShapes(): { shape: string; steps: number; runs: number }[];
  /** @returns the place, counted from 0, of the first of them */
  move(runIds: readonly string[], position: number): number;
  moveToFront(runId: string): void;
  unseenFailures(limit: number): RunRecord[];
  acknowledgeFailure(runId: string): boolean;
}

export interface CostStore {
  shapeOf(config: unknown, modelHash: string): string;
  shapeOfCell(cellKey: string): string;
  ofShape(shape: string): ShapeCost | null;
  stepMsOf(runId: string): number | null;
  pilot(shape: string, codeVersion: string): Pilot | null;
  latestPilot(shape: string): Pilot | null;
  savePilot(shape: string, codeVersion: string, pilot: Pilot): void;
}

export interface OrganisingStore {
  tag(runId: string, add: readonly string[], remove: readonly string[]): void;
  tags(): { tag: string; runs: number }[];
  note(runId: string, notes: string): void;
  removeRun(runId: string, atMs: number): boolean;
  restoreRun(runId: string): boolean;
  runsOnlyIn(sweepId: string): RunRecord[];
  removeSweep(sweepId: string, runIds: readonly string[], atMs: number): void;
  restoreSweep(sweepId: string): string[] | null;
  removedRuns(): RunRecord[];
  removedSweeps(): (SweepName & { removedAtMs: number })[];
  /** @returns ids of the runs deleted for good */
  purge(beforeMs: number): string[];
}

export interface ViewStore {
  list(): SavedView[];
  save(view: SavedView): void;
  delete(id: string): boolean;
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
  library: LibraryStore;
  hostSettings: HostSettingStore;
  queue: QueueStore;
  costs: CostStore;
  organising: OrganisingStore;
  views: ViewStore;
  preferences: PreferenceStore;
  /** Removes metrics, evaluations and completions after `step`: a resumed engine writes them again. */
  rewind(runId: string, step: number): void;
  /** All of `work` in one transaction. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}
