// Evaluations of many runs at once. Runs in the host's query thread.
import type { Database, Statement } from 'better-sqlite3';
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import { EvaluationTable, toEvaluation } from '../evaluations.ts';
import { RunTable } from '../runs.ts';
import type { EvaluationRow } from '../evaluations.ts';
import type { EvaluationMeans, EvaluationMode } from '../../core/run-table/run-source.ts';

const MEANS = `run_number AS runNumber, step, mode, samples, problems, accuracy, strict, lenient, format,
  duration_ms AS durationMs`;

export class EvaluationReader {
  readonly #database: Database;
  readonly #table: EvaluationTable;
  readonly #selectSteps: Statement<[number, string], number>;
  readonly #selectWhole: Statement<[number, number, string], EvaluationRow>;

  constructor(database: Database) {
    this.#database = database;
    this.#table = new EvaluationTable(database, new RunTable(database));
    this.#selectSteps = database
      .prepare<[number, string], number>('SELECT step FROM evaluations WHERE run_number = ? AND mode = ? ORDER BY step')
      .pluck();
    this.#selectWhole = database.prepare(
      `SELECT step, mode, temperature, problems, samples, accuracy, strict, lenient, format, mean_tokens, duration_ms,
       per_problem, clusters FROM evaluations WHERE run_number = ? AND step = ? AND mode = ?`,
    );
  }

  /** The last evaluation of every run that has one: after training, or as far as it has come. */
  latest(mode: EvaluationMode): Map<number, EvaluationMeans> {
    // SQLite takes the other columns from the row that holds the maximum (https://sqlite.org/lang_select.html#bareagg).
    return this.#byRun(`SELECT ${MEANS}, max(step) FROM evaluations WHERE mode = ? GROUP BY run_number`, mode);
  }

  /** Every run's evaluation before training. */
  untrained(mode: EvaluationMode): Map<number, EvaluationMeans> {
    return this.#byRun(`SELECT ${MEANS} FROM evaluations WHERE mode = ? AND step = 0`, mode);
  }

  /** Steps at which a run was evaluated, ascending. */
  steps(runNumber: number, mode: EvaluationMode): number[] {
    return this.#selectSteps.all(runNumber, mode);
  }

  /** All of a run with each problem's score, by step, then mode. */
  list(runId: string): EvaluationResult[] {
    return this.#table.list(runId);
  }

  /** With each problem's score; null where there is none. */
  find(runNumber: number, step: number, mode: EvaluationMode): EvaluationResult | null {
    const row = this.#selectWhole.get(runNumber, step, mode);
    return row === undefined ? null : toEvaluation(row);
  }

  #byRun(sql: string, mode: EvaluationMode): Map<number, EvaluationMeans> {
    const rows = this.#database.prepare<[string], EvaluationMeans>(sql).all(mode);
    return new Map(rows.map((row) => [row.runNumber, row]));
  }
}
