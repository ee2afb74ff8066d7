// What queries read of the data folder's database, over a connection that cannot write. Runs in the host's query thread.
import SqliteDatabase from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { CompletionReader } from './completion-reader.ts';
import { EvaluationReader } from './evaluation-reader.ts';
import { MetricReader } from './metric-reader.ts';
import { ParameterReader } from './parameter-reader.ts';
import { SweepTable } from '../sweeps.ts';
import { RunReader } from './run-reader.ts';

/** Pages of the database kept in memory: negative means KiB. */
const CACHE_KIB = 64 * 1024;

export class StoreReader {
  readonly runs: RunReader;
  /** The host's table over this connection. */
  readonly sweeps: Pick<SweepTable, 'overviews' | 'overview' | 'finalResults' | 'ofRun'>;
  readonly metrics: MetricReader;
  readonly parameters: ParameterReader;
  readonly evaluations: EvaluationReader;
  readonly completions: CompletionReader;
  readonly #database: Database;

  /** @param path of a database that the host has opened, so that its schema is the newest */
  constructor(path: string) {
    this.#database = new SqliteDatabase(path, { readonly: true, fileMustExist: true });
    this.#database.pragma(`cache_size = -${CACHE_KIB}`);
    this.runs = new RunReader(this.#database);
    this.sweeps = new SweepTable(this.#database);
    this.metrics = new MetricReader(this.#database);
    this.parameters = new ParameterReader(this.#database);
    this.evaluations = new EvaluationReader(this.#database);
    this.completions = new CompletionReader(this.#database);
  }

  /** Everything that `work` reads is of one moment. */
  snapshot<Result>(work: () => Result): Result {
    return this.#database.transaction(work).deferred();
  }

  close(): void {
    this.#database.close();
  }
}
