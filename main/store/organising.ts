// Tags, notes, removal: how people keep their runs in order. Runs in the host.
import type { Database } from 'better-sqlite3';
import type { RunRecord } from '../../contracts/run-record.ts';
import { keepNumbers } from './counters.ts';
import { SELECT_RUNS, toRecord } from './runs.ts';
import type { RunRow } from './runs.ts';

export interface RemovedSweep {
  id: string;
  number: number;
  name: string;
  removedAtMs: number;
}

export class OrganisingTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  tag(runId: string, add: readonly string[], remove: readonly string[]): void {
    const insert = this.#database.prepare(
      'INSERT INTO run_tags (run_number, tag) SELECT number, ? FROM runs WHERE id = ? ON CONFLICT DO NOTHING',
    );
    const remover = this.#database.prepare(
      'DELETE FROM run_tags WHERE tag = ? AND run_number = (SELECT number FROM runs WHERE id = ?)',
    );
    for (const tag of remove) remover.run(tag, runId);
    for (const tag of add) insert.run(tag, runId);
  }

  /** Tags of runs that were not removed, most used first. */
  tags(): { tag: string; runs: number }[] {
    return this.#database
      .prepare<[], { tag: string; runs: number }>(
        `SELECT tag, count(*) AS runs FROM run_tags JOIN runs ON runs.number = run_number AND removed_at_ms IS NULL
         GROUP BY tag ORDER BY runs DESC, tag`,
      )
      .all();
  }

  note(runId: string, notes: string): void {
    this.#database.prepare('UPDATE runs SET notes = ? WHERE id = ?').run(notes, runId);
  }

  /** @returns whether it was in the lists before */
  removeRun(runId: string, atMs: number): boolean {
    return (
      this.#database
        .prepare('UPDATE runs SET removed_at_ms = ? WHERE id = ? AND removed_at_ms IS NULL')
        .run(atMs, runId).changes > 0
    );
  }

  /** @returns whether it had been removed */
  restoreRun(runId: string): boolean {
    return (
      this.#database
        .prepare('UPDATE runs SET removed_at_ms = NULL WHERE id = ? AND removed_at_ms IS NOT NULL')
        .run(runId).changes > 0
    );
  }

  /** Runs of the sweep, not removed, that no other sweep has, too. */
  runsOnlyIn(sweepId: string): RunRecord[] {
    return this.#database
      .prepare<[{ sweepId: string }], RunRow>(
        `${SELECT_RUNS} WHERE removed_at_ms IS NULL
         AND runs.cell_key IN (SELECT cell_key FROM sweep_cells WHERE sweep_id = @sweepId)
         AND NOT EXISTS (
           SELECT 1 FROM sweep_cells JOIN sweeps ON sweeps.id = sweep_cells.sweep_id AND sweeps.removed_at_ms IS NULL
           WHERE sweep_cells.cell_key = runs.cell_key AND sweep_cells.sweep_id <> @sweepId)`,
      )
      .all({ sweepId })
      .map(toRecord);
  }

  /** With the given runs, under one moment, by which `restoreSweep` finds them again. */
  removeSweep(sweepId: string, runIds: readonly string[], atMs: number): void {
    this.#database.prepare('UPDATE sweeps SET removed_at_ms = ? WHERE id = ?').run(atMs, sweepId);
    for (const runId of runIds) this.removeRun(runId, atMs);
  }

  /** @returns ids of the runs that are back; null where the sweep had not been removed */
  restoreSweep(sweepId: string): string[] | null {
    const removed = this.#database
      .prepare<[string], { removed_at_ms: number }>(
        'SELECT removed_at_ms FROM sweeps WHERE id = ? AND removed_at_ms IS NOT NULL',
      )
      .get(sweepId);
    if (removed === undefined) return null;
    this.#database.prepare('UPDATE sweeps SET removed_at_ms = NULL WHERE id = ?').run(sweepId);
    return this.#database
      .prepare<[string, number], { id: string }>(
        `UPDATE runs SET removed_at_ms = NULL
         WHERE cell_key IN (SELECT cell_key FROM sweep_cells WHERE sweep_id = ?) AND removed_at_ms = ? RETURNING id`,
      )
      .all(sweepId, removed.removed_at_ms)
      .map(({ id }) => id);
  }

  /** Newest removal first. */
  removedRuns(): RunRecord[] {
    return this.#database
      .prepare<[], RunRow>(
        `${SELECT_RUNS} WHERE removed_at_ms IS NOT NULL ORDER BY removed_at_ms DESC, runs.number DESC`,
      )
      .all()
      .map(toRecord);
  }

  removedSweeps(): RemovedSweep[] {
    return this.#database
      .prepare<[], RemovedSweep>(
        `SELECT id, number, name, removed_at_ms AS removedAtMs FROM sweeps WHERE removed_at_ms IS NOT NULL
         ORDER BY removed_at_ms DESC, number DESC`,
      )
      .all();
  }

  /**
   * Deletes for good what was removed before a moment, with all that other tables keep of it.
   * @returns ids of the deleted runs, whose folders may go now
   */
  purge(beforeMs: number): string[] {
    const apply = this.#database.transaction(() => {
      keepNumbers(this.#database, 'runs');
      keepNumbers(this.#database, 'sweeps');
      const runs = this.#database
        .prepare<[number], { id: string; number: number; cell_key: string }>(
          "SELECT id, number, cell_key FROM runs WHERE removed_at_ms < ? AND state <> 'running'",
        )
        .all(beforeMs);
      for (const { table, column } of this.#tablesOfRuns()) {
        const remove = this.#database.prepare(`DELETE FROM "${table}" WHERE "${column}" = ?`);
        for (const { number } of runs) remove.run(number);
      }
      for (const { number, cell_key: key } of runs) {
        this.#database.prepare('DELETE FROM sweep_cells WHERE cell_key = ?').run(key);
        this.#database.prepare('DELETE FROM runs WHERE number = ?').run(number);
      }
      this.#database
        .prepare('DELETE FROM sweep_cells WHERE sweep_id IN (SELECT id FROM sweeps WHERE removed_at_ms < ?)')
        .run(beforeMs);
      this.#database.prepare('DELETE FROM sweeps WHERE removed_at_ms < ?').run(beforeMs);
      this.#database.exec(
        `DELETE FROM cells WHERE NOT EXISTS (SELECT 1 FROM runs WHERE cell_key = cells.key)
         AND NOT EXISTS (SELECT 1 FROM sweep_cells WHERE cell_key = cells.key)`,
      );
      return runs.map(({ id }) => id);
    });
    return apply.immediate();
  }

  /** Tables whose rows belong to a run: asked of the schema, so that a new one is never forgotten. */
  #tablesOfRuns(): { table: string; column: string }[] {
    return this.#database
      .prepare<[], { table: string; column: string }>(
        `SELECT tables.name AS "table", keys."from" AS "column" FROM sqlite_schema AS tables
         JOIN pragma_foreign_key_list(tables.name) AS keys WHERE tables.type = 'table' AND keys."table" = 'runs'`,
      )
      .all();
  }
}
