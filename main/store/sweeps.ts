// Sweeps and their cells. Runs in the host; its query thread reads with it, over a connection that cannot write.
import type { Database, Statement } from 'better-sqlite3';
import { EvaluationResult } from '../../contracts/engine-protocol.ts';
import { CellRole } from '../../contracts/recipe.ts';
import type { SweepName } from '../../contracts/queue.ts';
import type { PlannedCell, SavedSweep, SweepHeader, SweepOverview, SweepRecord } from '../../contracts/run-record.ts';
import { RunState } from '../../contracts/run-state.ts';
import type { FinalResult } from '../core/store-types.ts';
import { nextNumber } from './counters.ts';
import { NEXT_QUEUE_POSITION } from './runs.ts';

interface SweepRow {
  id: string;
  number: number;
  name: string;
  description: string;
  recipe_path: string;
  recipe_text: string;
  created_at_ms: number;
  queued_at_ms: number;
}

interface OverviewRow extends SweepRow {
  started_at_ms: number | null;
  ended_at_ms: number | null;
  states: string;
}

type FinalResultRow = Omit<FinalResult, 'evaluation'> &
  Omit<NonNullable<FinalResult['evaluation']>, 'mode'> & { mode: string | null };

/** Cells added by hand stand behind those of the recipe, however many that has. */
const FIRST_ADDED_POSITION = 1_000_000;
/** A removed run is no cell of its sweeps until it is restored. */
const CELLS_WITH_RUNS = `sweep_cells JOIN runs ON runs.cell_key = sweep_cells.cell_key AND runs.removed_at_ms IS NULL`;

type CellParameters = [Record<string, string | number | null>];

export class SweepTable {
  readonly #database: Database;
  readonly #insertCellRow: Statement<CellParameters>;
  readonly #updateCellPaths: Statement<CellParameters>;
  readonly #insertRun: Statement<CellParameters>;
  readonly #restoreRun: Statement<[string]>;
  readonly #insertMember: Statement<CellParameters>;
  readonly #selectOfRun: Statement<[string], SweepName>;

  constructor(database: Database) {
    this.#database = database;
    this.#insertCellRow = database.prepare(
      `INSERT INTO cells (key, config, model_hash, code_version, train_hash, held_out_hash, created_at_ms)
       VALUES (@key, @config, @modelHash, @codeVersion, @trainHash, @heldOutHash, @nowMs)
       ON CONFLICT DO NOTHING`,
    );
    // The same content may have moved to other paths: a run still to be made uses the newest.
    this.#updateCellPaths = database.prepare(
      `UPDATE cells SET config = @config WHERE key = @key
       AND NOT EXISTS (SELECT 1 FROM runs WHERE cell_key = @key AND state IN ('running', 'done'))`,
    );
    this.#insertRun = database.prepare(
      `INSERT INTO runs (number, id, cell_key, label, seed, state, queue_position, total_steps, parameter_count,
         continues_from, created_at_ms)
       VALUES (${nextNumber('runs')}, @runId, @key, @label, @seed, 'queued', ${NEXT_QUEUE_POSITION}, @totalSteps,
         @parameterCount, @continuesFrom, @nowMs)
       ON CONFLICT DO NOTHING`,
    );
    this.#restoreRun = database.prepare(
      'UPDATE runs SET removed_at_ms = NULL WHERE cell_key = ? AND removed_at_ms IS NOT NULL',
    );
    this.#insertMember = database.prepare(
      `INSERT INTO sweep_cells (sweep_id, position, cell_key, label, role, added)
       VALUES (@sweepId, @position, @key, @label, @role, @added)`,
    );
    this.#selectOfRun = database.prepare(
      `SELECT sweeps.id, sweeps.number, sweeps.name FROM runs JOIN sweep_cells ON sweep_cells.cell_key = runs.cell_key
       JOIN sweeps ON sweeps.id = sweep_cells.sweep_id AND sweeps.removed_at_ms IS NULL
       WHERE runs.id = ? GROUP BY sweeps.id ORDER BY sweeps.queued_at_ms DESC, sweeps.number DESC`,
    );
  }

  /**
   * Cells, sweep and the runs that are missing, in one transaction. Runs that exist keep their state; removed ones come
   * back. Cells that were added by hand stay.
   */
  save(sweep: SweepHeader, cells: readonly PlannedCell[]): SavedSweep {
    const apply = this.#database.transaction(() => {
      const nowMs = Date.now();
      const isNew = this.#insertSweep(sweep, nowMs);
      this.#database.prepare('DELETE FROM sweep_cells WHERE sweep_id = ? AND added = 0').run(sweep.id);
      const drop = this.#database.prepare('DELETE FROM sweep_cells WHERE sweep_id = ? AND cell_key = ?');
      for (const cell of cells) drop.run(sweep.id, cell.key);
      return this.#insertCells(sweep.id, cells, 0, isNew, nowMs);
    });
    return apply.immediate();
  }

  /** Adds cells that the sweep does not have yet, with their runs, in one transaction. */
  addCells(sweepId: string, cells: readonly PlannedCell[]): SavedSweep {
    const apply = this.#database.transaction(() => {
      const nowMs = Date.now();
      this.#database.prepare('UPDATE sweeps SET queued_at_ms = ? WHERE id = ?').run(nowMs, sweepId);
      const has = this.#database.prepare('SELECT 1 FROM sweep_cells WHERE sweep_id = ? AND cell_key = ?');
      const missing = cells.filter(({ key }) => has.get(sweepId, key) === undefined);
      return this.#insertCells(sweepId, missing, this.#nextAddedPosition(sweepId), false, nowMs);
    });
    return apply.immediate();
  }

  /**
   * Puts `cell` in the place of a run that has never started: in its sweeps, in the queue, and under its number. Where
   * the cell has a run already, the sweeps get that one and the edited run goes.
   * @returns whether the run that now stands there is the edited one
   */
  replaceRun(runId: string, cell: PlannedCell): boolean {
    const apply = this.#database.transaction(() => {
      const { cell_key: oldKey } = this.#database
        .prepare<[string], { cell_key: string }>('SELECT cell_key FROM runs WHERE id = ?')
        .get(runId) ?? { cell_key: '' };
      const parameters = this.#cellParameters(cell, Date.now());
      this.#insertCellRow.run(parameters);
      this.#updateCellPaths.run(parameters);
      const taken = this.#database.prepare('SELECT 1 FROM runs WHERE cell_key = ? AND id <> ?').get(cell.key, runId);
      if (taken === undefined) {
        this.#database
          .prepare(
            `UPDATE runs SET id = @runId, cell_key = @key, label = @label, seed = @seed, total_steps = @totalSteps,
             parameter_count = @parameterCount, continues_from = NULL WHERE id = @oldId`,
          )
          .run({ ...parameters, oldId: runId });
      } else {
        this.#restoreRun.run(cell.key);
        this.#database.prepare('UPDATE runs SET removed_at_ms = ? WHERE id = ?').run(Date.now(), runId);
      }
      // A sweep that has the new cell already needs it only once.
      this.#database
        .prepare(
          `DELETE FROM sweep_cells WHERE cell_key = @oldKey AND @oldKey <> @key
           AND sweep_id IN (SELECT sweep_id FROM sweep_cells WHERE cell_key = @key)`,
        )
        .run({ oldKey, key: cell.key });
      this.#database
        .prepare('UPDATE sweep_cells SET cell_key = @key, label = @label, added = 1 WHERE cell_key = @oldKey')
        .run({ key: cell.key, label: cell.label, oldKey });
      return taken === undefined;
    });
    return apply.immediate();
  }

  /** @returns whether there was no such sweep */
  #insertSweep(sweep: SweepHeader, nowMs: number): boolean {
    const known = this.#database.prepare('SELECT 1 FROM sweeps WHERE id = ? AND removed_at_ms IS NULL').get(sweep.id);
    this.#database
      .prepare(
        `INSERT INTO sweeps (id, number, name, description, recipe_path, recipe_text, created_at_ms, queued_at_ms)
         VALUES (@id, ${nextNumber('sweeps')}, @name, @description, @recipePath, @recipeText, @nowMs, @nowMs)
         ON CONFLICT (id) DO UPDATE SET description = @description, recipe_path = @recipePath,
           recipe_text = @recipeText, queued_at_ms = @nowMs, removed_at_ms = NULL`,
      )
      .run({ ...sweep, nowMs });
    return known === undefined;
  }

  #insertCells(
    sweepId: string,
    cells: readonly PlannedCell[],
    firstPosition: number,
    isNew: boolean,
    nowMs: number,
  ): SavedSweep {
    const createdRunIds: string[] = [];
    const restoredRunIds: string[] = [];
    for (const [index, cell] of cells.entries()) {
      const parameters = this.#cellParameters(cell, nowMs);
      this.#insertCellRow.run(parameters);
      this.#updateCellPaths.run(parameters);
      if (this.#insertRun.run(parameters).changes > 0) createdRunIds.push(cell.runId);
      else if (this.#restoreRun.run(cell.key).changes > 0) restoredRunIds.push(cell.runId);
      const position = firstPosition + index;
      const added = firstPosition >= FIRST_ADDED_POSITION ? 1 : 0;
      this.#insertMember.run({ sweepId, position, key: cell.key, label: cell.label, role: cell.role, added });
    }
    const { number } = this.#database
      .prepare<[string], { number: number }>('SELECT number FROM sweeps WHERE id = ?')
      .get(sweepId) ?? { number: 0 };
    return { number, isNew, createdRunIds, restoredRunIds };
  }

  #cellParameters(cell: PlannedCell, nowMs: number): CellParameters[0] {
    return {
      key: cell.key,
      config: JSON.stringify(cell.config),
      modelHash: cell.modelHash,
      codeVersion: cell.provenance?.codeVersion ?? null,
      trainHash: cell.provenance?.trainHash ?? null,
      heldOutHash: cell.provenance?.heldOutHash ?? null,
      runId: cell.runId,
      label: cell.label,
      seed: cell.config.seed,
      totalSteps: cell.config.steps,
      parameterCount: cell.parameterCount,
      continuesFrom: cell.continuesFrom ?? null,
      nowMs,
    };
  }

  #nextAddedPosition(sweepId: string): number {
    const row = this.#database
      .prepare<[string], { position: number | null }>(
        'SELECT max(position) AS position FROM sweep_cells WHERE sweep_id = ?',
      )
      .get(sweepId);
    return Math.max(FIRST_ADDED_POSITION, (row?.position ?? -1) + 1);
  }

  /** Removed sweeps, too. */
  find(id: string): SweepRecord | null {
    return this.#select('id = @value', id)[0] ?? null;
  }

  findByNumber(number: number): SweepRecord | null {
    return this.#select('number = @value', number)[0] ?? null;
  }

  /** Sweeps whose id starts so; at most two, enough to tell unique from ambiguous. */
  findByPrefix(prefix: string): SweepRecord[] {
    return this.#select('substr(id, 1, length(@value)) = @value', prefix);
  }

  latestByName(name: string): SweepRecord | null {
    return this.#select('name = @value AND removed_at_ms IS NULL', name)[0] ?? null;
  }

  latestByRecipePath(recipePath: string): SweepRecord | null {
    return this.#select('recipe_path = @value AND removed_at_ms IS NULL', recipePath)[0] ?? null;
  }

  /** All that were not removed, the last queued first. */
  overviews(): SweepOverview[] {
    return this.#overviews('sweeps.removed_at_ms IS NULL', '', {});
  }

  overview(id: string): SweepOverview | null {
    return this.#overviews('sweeps.id = @id', 'WHERE sweep_id = @id', { id })[0] ?? null;
  }

  /** Of each finished cell that is no baseline, in the sweep's order: an entry a mode; one without a mode where it has none. */
  finalResults(id: string): FinalResult[] {
    return this.#database
      .prepare<[string], FinalResultRow>(
        `SELECT runs.id AS runId, sweep_cells.label, json_remove(cells.config, '$.seed') AS setting,
           runs.parameter_count AS parameterCount, results.step, results.mode, results.accuracy, results.problems,
           results.samples
         FROM ${CELLS_WITH_RUNS} JOIN cells ON cells.key = sweep_cells.cell_key
         LEFT JOIN evaluations AS results ON results.run_number = runs.number
           AND results.step = (SELECT max(step) FROM evaluations WHERE run_number = runs.number)
         WHERE sweep_id = ? AND sweep_cells.role <> 'baseline' AND runs.state = 'done' ORDER BY position`,
      )
      .all(id)
      .map(({ step, mode, accuracy, problems, samples, ...cell }) => ({
        ...cell,
        evaluation:
          mode === null ? null : { step, mode: EvaluationResult.shape.mode.parse(mode), accuracy, problems, samples },
      }));
  }

  /** Sweeps, not removed, that have the run's cell; the last queued first. */
  ofRun(runId: string): SweepName[] {
    return this.#selectOfRun.all(runId);
  }

  #overviews(condition: string, cellCondition: string, parameters: Record<string, string>): SweepOverview[] {
    const rows = this.#database
      .prepare<[Record<string, string>], OverviewRow>(
        `SELECT sweeps.*, min(counts.started_at_ms) AS started_at_ms, max(counts.ended_at_ms) AS ended_at_ms,
           json_group_object(counts.state, counts.cells) FILTER (WHERE counts.state IS NOT NULL) AS states
         FROM sweeps LEFT JOIN (
           SELECT sweep_id, state, count(*) AS cells, min(runs.started_at_ms) AS started_at_ms,
             max(runs.ended_at_ms) AS ended_at_ms FROM ${CELLS_WITH_RUNS} ${cellCondition} GROUP BY sweep_id, state
         ) AS counts ON counts.sweep_id = sweeps.id
         WHERE ${condition} GROUP BY sweeps.id ORDER BY sweeps.queued_at_ms DESC, sweeps.number DESC`,
      )
      .all(parameters);
    return rows.map((row) => {
      const entries = Object.entries(JSON.parse(row.states) as Record<string, number>);
      const cellsByState: SweepOverview['cellsByState'] = {};
      for (const [state, cells] of entries) cellsByState[RunState.parse(state)] = cells;
      const isOpen = ['queued', 'running', 'interrupted', 'paused'].some((state) => state in cellsByState);
      return {
        ...toHeader(row),
        queuedAtMs: row.queued_at_ms,
        startedAtMs: row.started_at_ms,
        endedAtMs: isOpen ? null : row.ended_at_ms,
        cellsByState,
      };
    });
  }

  #select(condition: string, value: string | number): SweepRecord[] {
    const rows = this.#database
      .prepare<[{ value: string | number }], SweepRow>(
        `SELECT * FROM sweeps WHERE ${condition} ORDER BY queued_at_ms DESC, number DESC LIMIT 2`,
      )
      .all({ value });
    return rows.map((row) => ({ ...toHeader(row), cells: this.#cells(row.id) }));
  }

  #cells(sweepId: string): SweepRecord['cells'] {
    const rows = this.#database
      .prepare<[string], { id: string; label: string; role: string }>(
        `SELECT runs.id, sweep_cells.label, sweep_cells.role FROM ${CELLS_WITH_RUNS}
         WHERE sweep_id = ? ORDER BY position`,
      )
      .all(sweepId);
    return rows.map((row) => ({ runId: row.id, label: row.label, role: CellRole.parse(row.role) }));
  }
}

function toHeader(row: SweepRow): SweepHeader & { number: number; createdAtMs: number } {
  return {
    id: row.id,
    number: row.number,
    name: row.name,
    description: row.description,
    recipePath: row.recipe_path,
    recipeText: row.recipe_text,
    createdAtMs: row.created_at_ms,
  };
}
