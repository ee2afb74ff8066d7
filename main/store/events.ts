// What happened to a run, in words: changes of state, warnings, crashes. Runs in the host.
import type { Database } from 'better-sqlite3';
import type { RunEventRow } from '../../contracts/run-state.ts';
import type { RunTable } from './runs.ts';

export class EventTable {
  readonly #database: Database;
  readonly #runs: RunTable;

  constructor(database: Database, runs: RunTable) {
    this.#database = database;
    this.#runs = runs;
  }

  append(runId: string, kind: string, message: string): void {
    this.#database
      .prepare('INSERT INTO events (run_number, at_ms, kind, message) VALUES (?, ?, ?, ?)')
      .run(this.#runs.numberOf(runId), Date.now(), kind, message);
  }

  /** Oldest first. */
  list(runId: string): RunEventRow[] {
    return this.#database
      .prepare<[number], RunEventRow>(
        'SELECT at_ms AS atMs, kind, message FROM events WHERE run_number = ? ORDER BY id',
      )
      .all(this.#runs.numberOf(runId));
  }
}
