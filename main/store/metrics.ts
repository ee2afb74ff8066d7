// Metrics of runs by name and step. Runs in the host.
import type { Database, Statement } from 'better-sqlite3';
import type { MetricSeries } from '../../contracts/run-state.ts';
import type { RunTable } from './runs.ts';

export class MetricTable {
  readonly #database: Database;
  readonly #runs: RunTable;
  readonly #insert: Statement<[number, number, number, number]>;

  constructor(database: Database, runs: RunTable) {
    this.#database = database;
    this.#runs = runs;
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO metrics (run_number, name_id, step, value) VALUES (?, ?, ?, ?)',
    );
  }

  /** Replaces what the run has of these names at this step. */
  append(runId: string, step: number, values: Readonly<Record<string, number>>): void {
    const apply = this.#database.transaction(() => {
      const runNumber = this.#runs.numberOf(runId);
      for (const [name, value] of Object.entries(values)) {
        this.#insert.run(runNumber, this.#nameId(name), step, value);
      }
    });
    apply.immediate();
  }

  series(runId: string): MetricSeries[] {
    const rows = this.#database
      .prepare<[number], { name: string; step: number; value: number }>(
        `SELECT name, step, value FROM metrics JOIN metric_names ON metric_names.id = name_id
         WHERE run_number = ? ORDER BY name, step`,
      )
      .all(this.#runs.numberOf(runId));
    const series: MetricSeries[] = [];
    for (const row of rows) {
      let last = series.at(-1);
      if (last?.name !== row.name) {
        last = { name: row.name, steps: [], values: [] };
        series.push(last);
      }
      last.steps.push(row.step);
      last.values.push(row.value);
    }
    return series;
  }

  /** Largest step with a metric; −1 where there is none. */
  lastStep(runId: string): number {
    const row = this.#database
      .prepare<[number], { step: number | null }>('SELECT max(step) AS step FROM metrics WHERE run_number = ?')
      .get(this.#runs.numberOf(runId));
    return row?.step ?? -1;
  }

  #nameId(name: string): number {
    this.#database.prepare('INSERT INTO metric_names (name) VALUES (?) ON CONFLICT DO NOTHING').run(name);
    const row = this.#database
      .prepare<[string], { id: number }>('SELECT id FROM metric_names WHERE name = ?')
      .get(name);
    if (row === undefined) throw new Error(`Metric name ${name} was not stored.`);
    return row.id;
  }
}
