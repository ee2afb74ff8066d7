// Sweeps and their cells. Runs in the host.
import type { Database } from 'better-sqlite3';
import { CellRole } from '../../contracts/recipe.ts';
import type { PlannedCell, SweepHeader, SweepRecord } from '../../contracts/run-record.ts';
import { NEXT_QUEUE_POSITION } from './runs.ts';

interface SweepRow {
  id: string;
  name: string;
  description: string;
  recipe_path: string;
  created_at_ms: number;
}

export class SweepTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Cells, sweep and the runs that are missing, in one transaction. Runs that exist keep their state. */
  save(sweep: SweepHeader, cells: readonly PlannedCell[]): void {
    const apply = this.#database.transaction(() => {
      this.#insertSweep(sweep, Date.now());
      for (const [position, cell] of cells.entries()) this.#insertCell(sweep.id, position, cell, Date.now());
    });
    apply.immediate();
  }

  #insertSweep(sweep: SweepHeader, nowMs: number): void {
    this.#database
      .prepare(
        `INSERT INTO sweeps (id, name, description, recipe_path, created_at_ms, queued_at_ms)
         VALUES (@id, @name, @description, @recipePath, @nowMs, @nowMs)
         ON CONFLICT (id) DO UPDATE SET description = @description, recipe_path = @recipePath, queued_at_ms = @nowMs`,
      )
      .run({ ...sweep, nowMs });
    this.#database.prepare('DELETE FROM sweep_cells WHERE sweep_id = ?').run(sweep.id);
  }

  #insertCell(sweepId: string, position: number, cell: PlannedCell, nowMs: number): void {
    this.#database
      .prepare('INSERT INTO cells (key, config, model_hash, created_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(cell.key, JSON.stringify(cell.config), cell.modelHash, nowMs);
    // The same content may have moved to other paths: a run still to be made uses the newest.
    this.#database
      .prepare(
        `UPDATE cells SET config = @config WHERE key = @key
         AND NOT EXISTS (SELECT 1 FROM runs WHERE cell_key = @key AND state IN ('running', 'done'))`,
      )
      .run({ key: cell.key, config: JSON.stringify(cell.config) });
    this.#database
      .prepare(
        `INSERT INTO runs (id, cell_key, label, seed, state, queue_position, total_steps, parameter_count, created_at_ms)
         VALUES (@runId, @key, @label, @seed, 'queued', ${NEXT_QUEUE_POSITION}, @totalSteps, @parameterCount, @nowMs)
         ON CONFLICT DO NOTHING`,
      )
      .run({
        runId: cell.runId,
        key: cell.key,
        label: cell.label,
        seed: cell.config.seed,
        totalSteps: cell.config.steps,
        parameterCount: cell.parameterCount,
        nowMs,
      });
    this.#database
      .prepare('INSERT INTO sweep_cells (sweep_id, position, cell_key, label, role) VALUES (?, ?, ?, ?, ?)')
      .run(sweepId, position, cell.key, cell.label, cell.role);
  }

  find(id: string): SweepRecord | null {
    return this.#select('id = @value', id)[0] ?? null;
  }

  /** Sweeps whose id starts so; at most two, enough to tell unique from ambiguous. */
  findByPrefix(prefix: string): SweepRecord[] {
    return this.#select('substr(id, 1, length(@value)) = @value', prefix);
  }

  latestByName(name: string): SweepRecord | null {
    return this.#select('name = @value', name)[0] ?? null;
  }

  latestByRecipePath(recipePath: string): SweepRecord | null {
    return this.#select('recipe_path = @value', recipePath)[0] ?? null;
  }

  #select(condition: string, value: string): SweepRecord[] {
    const rows = this.#database
      .prepare<[{ value: string }], SweepRow>(
        `SELECT * FROM sweeps WHERE ${condition} ORDER BY queued_at_ms DESC, rowid DESC LIMIT 2`,
      )
      .all({ value });
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      description: row.description,
      recipePath: row.recipe_path,
      createdAtMs: row.created_at_ms,
      cells: this.#cells(row.id),
    }));
  }

  #cells(sweepId: string): SweepRecord['cells'] {
    const rows = this.#database
      .prepare<[string], { id: string; label: string; role: string }>(
        `SELECT runs.id, sweep_cells.label, sweep_cells.role FROM sweep_cells
         JOIN runs ON runs.cell_key = sweep_cells.cell_key WHERE sweep_id = ? ORDER BY position`,
      )
      .all(sweepId);
    return rows.map((row) => ({ runId: row.id, label: row.label, role: CellRole.parse(row.role) }));
  }
}
