// The data folder's database as one object. Runs in the host, its only writer.
import type { Database } from 'better-sqlite3';
import { CellShapes } from './cell-shapes.ts';
import { CompletionTable } from './completions.ts';
import { CostTable } from './costs.ts';
import { openDatabase, storageError } from './database.ts';
import { EvaluationTable } from './evaluations.ts';
import { EventTable } from './events.ts';
import { HostSettingTable } from './host-settings.ts';
import { findDamage } from './integrity.ts';
import { LibraryTable } from './library.ts';
import { MetricTable } from './metrics.ts';
import { OrganisingTable } from './organising.ts';
import { QueueTable } from './queue.ts';
import { ParameterTable } from './parameters.ts';
import { PreferenceTable } from './preferences.ts';
import { RunTable } from './runs.ts';
import { SweepTable } from './sweeps.ts';
import { ViewTable } from './views.ts';

export class SqliteStore {
  readonly runs: RunTable;
  readonly sweeps: SweepTable;
  readonly metrics: MetricTable;
  readonly parameters: ParameterTable;
  readonly evaluations: EvaluationTable;
  readonly completions: CompletionTable;
  readonly events: EventTable;
  readonly library: LibraryTable;
  readonly hostSettings: HostSettingTable;
  readonly queue: QueueTable;
  readonly costs: CostTable;
  readonly organising: OrganisingTable;
  readonly views: ViewTable;
  readonly preferences: PreferenceTable;
  readonly #database: Database;

  /** @param path of the file, or `:memory:`. Throws STORAGE or BAD_INPUT (see openDatabase). */
  constructor(path: string) {
    this.#database = openDatabase(path);
    this.runs = new RunTable(this.#database);
    this.sweeps = new SweepTable(this.#database);
    this.metrics = new MetricTable(this.#database, this.runs);
    this.parameters = new ParameterTable(this.#database, this.runs);
    this.evaluations = new EvaluationTable(this.#database, this.runs);
    this.completions = new CompletionTable(this.#database, this.runs);
    this.events = new EventTable(this.#database, this.runs);
    this.library = new LibraryTable(this.#database);
    this.hostSettings = new HostSettingTable(this.#database);
    const shapes = new CellShapes(this.#database);
    this.queue = new QueueTable(this.#database, shapes);
    this.costs = new CostTable(this.#database, shapes);
    this.organising = new OrganisingTable(this.#database);
    this.views = new ViewTable(this.#database);
    this.preferences = new PreferenceTable(this.#database);
  }

  /** Removes metrics, evaluations and completions after `step`: a resumed engine writes them again. */
  rewind(runId: string, step: number): void {
    this.transaction(() => {
      const runNumber = this.runs.numberOf(runId);
      this.metrics.removeAfter(runId, step);
      for (const table of ['parameter_snapshots', 'evaluations', 'completions']) {
        this.#database.prepare(`DELETE FROM ${table} WHERE run_number = ? AND step > ?`).run(runNumber, step);
      }
    });
  }

  /** All of `work` in one transaction; errors of disk or folder come out as STORAGE. */
  transaction<Result>(work: () => Result): Result {
    try {
      return this.#database.transaction(work).immediate();
    } catch (error) {
      throw storageError(error, this.#database.name);
    }
  }

  /** A whole copy of the database, made in small pieces while it is in use. */
  async backUp(path: string): Promise<void> {
    try {
      await this.#database.backup(path);
    } catch (error) {
      throw storageError(error, path);
    }
  }

  /** What SQLite's check finds; null where the database is whole. */
  findDamage(): Promise<string | null> {
    return findDamage(this.#database.name);
  }

  close(): void {
    this.#database.close();
  }
}
