// Runs with their settings, as tables and analyses read them. Runs in the host's query thread.
import type { Database, Statement } from 'better-sqlite3';
import { z } from 'zod';
import { AppError } from '../../../contracts/app-error.ts';
import { RunConfig } from '../../../contracts/run-config.ts';
import { RunFailure, RunState } from '../../../contracts/run-state.ts';
import { CellRole } from '../../../contracts/recipe.ts';
import type { RunFacts, SweepMembership } from '../../core/run-table/run-facts.ts';
import type { RunAnnotation } from '../../core/run-table/run-source.ts';

const Tags = z.array(z.string());

interface Row {
  number: number;
  id: string;
  cell_key: string;
  label: string;
  seed: number;
  state: string;
  attempts: number;
  last_step: number;
  total_steps: number;
  parameter_count: number | null;
  failure: string | null;
  created_at_ms: number;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  config: string;
  model_hash: string;
}

/** A sweep without its cells. */
export interface SweepHeaderRow {
  id: string;
  number: number;
  name: string;
  description: string;
  recipePath: string;
  recipeText: string;
  createdAtMs: number;
}

const COLUMNS = `number, id, cell_key, label, seed, state, attempts, last_step, total_steps, parameter_count, failure,
  runs.created_at_ms, started_at_ms, ended_at_ms, config, model_hash`;
const SELECT = `SELECT ${COLUMNS} FROM runs JOIN cells ON cells.key = runs.cell_key`;

export class RunReader {
  readonly #database: Database;
  readonly #selectNumber: Statement<[string], { number: number }>;
  readonly #selectRun: Statement<[string], Row>;
  readonly #selectSweepName: Statement<[number], { name: string }>;
  /** Configurations rarely change: each is parsed once for as long as its text stays. */
  readonly #configs = new Map<string, { text: string; config: RunConfig }>();

  constructor(database: Database) {
    this.#database = database;
    this.#selectNumber = database.prepare('SELECT number FROM runs WHERE id = ?');
    this.#selectRun = database.prepare(`${SELECT} WHERE id = ?`);
    this.#selectSweepName = database.prepare(
      `SELECT sweeps.name FROM runs JOIN sweep_cells ON sweep_cells.cell_key = runs.cell_key
       JOIN sweeps ON sweeps.id = sweep_cells.sweep_id AND sweeps.removed_at_ms IS NULL
       WHERE runs.number = ? ORDER BY sweeps.queued_at_ms DESC, sweeps.rowid DESC LIMIT 1`,
    );
  }

  /** All that were not removed, newest first. */
  all(): RunFacts[] {
    const rows = this.#database.prepare<[], Row>(`${SELECT} WHERE removed_at_ms IS NULL ORDER BY number DESC`).all();
    return rows.map((row) => this.#toFacts(row));
  }

  /** In the order of the ids. Throws NOT_FOUND. */
  withIds(ids: readonly string[]): RunFacts[] {
    return ids.map((id) => {
      const row = this.#selectRun.get(id);
      if (row === undefined) throw notFound(id);
      return this.#toFacts(row);
    });
  }

  /** The key that the other tables know the run by. Throws NOT_FOUND. */
  numberOf(id: string): number {
    const row = this.#selectNumber.get(id);
    if (row === undefined) throw notFound(id);
    return row.number;
  }

  /** Every sweep that a run is in, the latest queued first. */
  memberships(): SweepMembership[] {
    return this.#database
      .prepare<[], Omit<SweepMembership, 'role'> & { role: string }>(
        `SELECT runs.id AS runId, sweeps.id AS sweepId, sweeps.name AS sweepName, sweep_cells.label, sweep_cells.role
         FROM sweeps JOIN sweep_cells ON sweep_cells.sweep_id = sweeps.id
         JOIN runs ON runs.cell_key = sweep_cells.cell_key AND runs.removed_at_ms IS NULL
         WHERE sweeps.removed_at_ms IS NULL
         ORDER BY sweeps.queued_at_ms DESC, sweeps.rowid DESC, position`,
      )
      .all()
      .map((row) => ({ ...row, role: CellRole.parse(row.role) }));
  }

  /** Of the sweep that the run was last queued with; null where it is in none. */
  sweepName(runNumber: number): string | null {
    return this.#selectSweepName.get(runNumber)?.name ?? null;
  }

  /**
   * A sweep that was not removed, by its short name (s12), its id, or its recipe's name, which stands for the latest.
   * Throws NOT_FOUND.
   */
  sweep(reference: string): SweepHeaderRow {
    const number = /^s(\d+)$/.exec(reference)?.[1];
    const row = this.#database
      .prepare<[string, number, string], SweepHeaderRow>(
        `SELECT id, number, name, description, recipe_path AS recipePath, recipe_text AS recipeText,
         created_at_ms AS createdAtMs FROM sweeps
         WHERE removed_at_ms IS NULL AND (id = ? OR number = ? OR name = ?)
         ORDER BY queued_at_ms DESC, rowid DESC LIMIT 1`,
      )
      .get(reference, number === undefined ? -1 : Number(number), reference);
    if (row !== undefined) return row;
    throw new AppError('NOT_FOUND', `There is no sweep ${reference} in this data folder; Home lists those there are.`);
  }

  /** Tags and notes by run id; runs without either are left out. */
  annotations(): Map<string, RunAnnotation> {
    const rows = this.#database
      .prepare<[], { id: string; note: string; tags: string | null }>(
        `SELECT id, notes AS note, (SELECT json_group_array(tag) FROM run_tags WHERE run_number = number) AS tags
         FROM runs WHERE notes <> '' OR number IN (SELECT run_number FROM run_tags)`,
      )
      .all();
    return new Map(rows.map(({ id, note, tags }) => [id, { note, tags: Tags.parse(JSON.parse(tags ?? '[]')) }]));
  }

  #toFacts(row: Row): RunFacts {
    return {
      number: row.number,
      id: row.id,
      label: row.label,
      seed: row.seed,
      state: RunState.parse(row.state),
      attempts: row.attempts,
      lastStep: row.last_step,
      totalSteps: row.total_steps,
      parameterCount: row.parameter_count,
      failure: row.failure === null ? null : RunFailure.parse(JSON.parse(row.failure)),
      createdAtMs: row.created_at_ms,
      startedAtMs: row.started_at_ms,
      endedAtMs: row.ended_at_ms,
      modelHash: row.model_hash,
      config: this.#config(row.cell_key, row.config),
    };
  }

  #config(cellKey: string, text: string): RunConfig {
    const known = this.#configs.get(cellKey);
    if (known?.text === text) return known.config;
    const config = RunConfig.parse(JSON.parse(text));
    this.#configs.set(cellKey, { text, config });
    return config;
  }
}

function notFound(id: string): AppError {
  return new AppError('NOT_FOUND', `There is no run ${id} in this data folder; the Runs screen lists those there are.`);
}
