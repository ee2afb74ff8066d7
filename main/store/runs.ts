// Runs: one a cell, with its state and place in the queue. Runs in the host.
import { sep } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import { z } from 'zod';
import { AppError } from '../../contracts/app-error.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import { PreviousState } from '../../contracts/run-record.ts';
import type { RunChanges, RunRecord } from '../../contracts/run-record.ts';
import { RunFailure, RunState } from '../../contracts/run-state.ts';
import type { RunSummary } from '../../contracts/run-state.ts';

/** A run's own columns and its tags. */
interface SummaryRow {
  number: number;
  id: string;
  cell_key: string;
  label: string;
  seed: number;
  state: string;
  attempts: number;
  engine_pid: number | null;
  last_step: number;
  total_steps: number;
  parameter_count: number | null;
  bases_fingerprint: string | null;
  failure: string | null;
  created_at_ms: number;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  notes: string;
  removed_at_ms: number | null;
  previous: string | null;
  continues_from: string | null;
  tags: string;
}

/** A run with its cell's columns, as `SELECT_RUNS` gives it. */
export interface RunRow extends SummaryRow {
  config: string;
  model_hash: string;
  code_version: string | null;
  train_hash: string | null;
  held_out_hash: string | null;
}

const Tags = z.array(z.string());
const TAGS = `(SELECT json_group_array(tag) FROM (SELECT tag FROM run_tags WHERE run_number = runs.number ORDER BY tag))`;
export const SELECT_RUNS = `SELECT runs.*, ${TAGS} AS tags, cells.config, cells.model_hash,
  cells.code_version, cells.train_hash, cells.held_out_hash
  FROM runs JOIN cells ON cells.key = runs.cell_key`;

export function toSummary(row: SummaryRow): RunSummary {
  return {
    id: row.id,
    number: row.number,
    cellKey: row.cell_key,
    label: row.label,
    state: RunState.parse(row.state),
    seed: row.seed,
    parameterCount: row.parameter_count,
    lastStep: row.last_step,
    totalSteps: row.total_steps,
    attempts: row.attempts,
    createdAtMs: row.created_at_ms,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    failure: row.failure === null ? null : RunFailure.parse(JSON.parse(row.failure)),
    tags: Tags.parse(JSON.parse(row.tags)),
    notes: row.notes,
  };
}

export function toRecord(row: RunRow): RunRecord {
  return {
    ...toSummary(row),
    config: RunConfig.parse(JSON.parse(row.config)),
    modelHash: row.model_hash,
    provenance: toProvenance(row),
    basesFingerprint: row.bases_fingerprint,
    enginePid: row.engine_pid,
    previous: row.previous === null ? null : PreviousState.parse(JSON.parse(row.previous)),
    removedAtMs: row.removed_at_ms,
    continuesFrom: row.continues_from,
  };
}

function toProvenance({ code_version, train_hash, held_out_hash }: RunRow): RunRecord['provenance'] {
  if (code_version === null || train_hash === null || held_out_hash === null) return null;
  return { codeVersion: code_version, trainHash: train_hash, heldOutHash: held_out_hash };
}

function columnsOf(changes: RunChanges): Record<string, string | number | null> {
  const columns: Record<string, string | number | null> = {};
  if (changes.attempts !== undefined) columns['attempts'] = changes.attempts;
  if (changes.enginePid !== undefined) columns['engine_pid'] = changes.enginePid;
  if (changes.startedAtMs !== undefined) columns['started_at_ms'] = changes.startedAtMs;
  if (changes.endedAtMs !== undefined) columns['ended_at_ms'] = changes.endedAtMs;
  if (changes.lastStep !== undefined) columns['last_step'] = changes.lastStep;
  if (changes.parameterCount !== undefined) columns['parameter_count'] = changes.parameterCount;
  if (changes.basesFingerprint !== undefined) columns['bases_fingerprint'] = changes.basesFingerprint;
  if (changes.failure !== undefined) {
    columns['failure'] = changes.failure === null ? null : JSON.stringify(changes.failure);
    columns['failure_acknowledged'] = 0;
  }
  if (changes.previous !== undefined) {
    columns['previous'] = changes.previous === null ? null : JSON.stringify(changes.previous);
  }
  return columns;
}

/** The queue's next free place. */
export const NEXT_QUEUE_POSITION = '(SELECT coalesce(max(queue_position), 0) + 1 FROM runs)';
/** Waits, and was not removed. */
export const IS_WAITING = "state = 'queued' AND removed_at_ms IS NULL";

export class RunTable {
  readonly #database: Database;
  readonly #selectById: Statement<[string], RunRow>;
  readonly #selectNumber: Statement<[string], { number: number }>;
  readonly #insertEvent: Statement<[{ id: string; atMs: number; kind: string; message: string }]>;

  constructor(database: Database) {
    this.#database = database;
    this.#selectById = database.prepare(`${SELECT_RUNS} WHERE runs.id = ?`);
    this.#selectNumber = database.prepare('SELECT number FROM runs WHERE id = ?');
    this.#insertEvent = database.prepare(
      'INSERT INTO events (run_number, at_ms, kind, message) SELECT number, @atMs, @kind, @message FROM runs WHERE id = @id',
    );
  }

  find(id: string): RunRecord | null {
    const row = this.#selectById.get(id);
    return row === undefined ? null : toRecord(row);
  }

  /** Runs whose id starts so; at most two, enough to tell unique from ambiguous. */
  findByPrefix(prefix: string): RunRecord[] {
    const select = this.#database.prepare<[{ prefix: string }], RunRow>(
      `${SELECT_RUNS} WHERE substr(runs.id, 1, length(@prefix)) = @prefix LIMIT 2`,
    );
    return select.all({ prefix }).map(toRecord);
  }

  findByNumber(number: number): RunRecord | null {
    const row = this.#database.prepare<[number], RunRow>(`${SELECT_RUNS} WHERE runs.number = ?`).get(number);
    return row === undefined ? null : toRecord(row);
  }

  /** All that were not removed, by number. */
  list(): RunSummary[] {
    // Without the cells: reading all configurations would take most of the time.
    return this.#database
      .prepare<[], SummaryRow>(`SELECT *, ${TAGS} AS tags FROM runs WHERE removed_at_ms IS NULL ORDER BY number`)
      .all()
      .map(toSummary);
  }

  nextQueued(): RunRecord | null {
    const row = this.#database
      .prepare<[], RunRow>(`${SELECT_RUNS} WHERE ${IS_WAITING} ORDER BY queue_position LIMIT 1`)
      .get();
    return row === undefined ? null : toRecord(row);
  }

  /** Removed ones, too: recovery has to find every engine. In the queue's order. */
  withState(state: RunState): RunRecord[] {
    const select = this.#database.prepare<[string], RunRow>(`${SELECT_RUNS} WHERE state = ? ORDER BY queue_position`);
    return select.all(state).map(toRecord);
  }

  /**
   * Sets the state and writes an event, in one transaction. A run that is queued by hand goes to the queue's end, except
   * from `interrupted` or `running`, and where `keepsPlace` says so: then it goes on where it was.
   */
  setState(id: string, state: RunState, changes: RunChanges, event: string, keepsPlace = false): RunRecord {
    const apply = this.#database.transaction(() => {
      const before = this.#require(id);
      const wasUnderWay = before.state === 'interrupted' || before.state === 'running';
      const position =
        state === 'queued' && !wasUnderWay && !keepsPlace ? `, queue_position = ${NEXT_QUEUE_POSITION}` : '';
      this.#database.prepare(`UPDATE runs SET state = ?${position} WHERE id = ?`).run(state, id);
      this.update(id, changes);
      this.#insertEvent.run({ id, atMs: Date.now(), kind: state, message: event });
      return this.#require(id);
    });
    return apply.immediate();
  }

  update(id: string, changes: RunChanges): void {
    const columns = columnsOf(changes);
    const names = Object.keys(columns);
    if (names.length === 0) return;
    const assignments = names.map((name) => `${name} = @${name}`).join(', ');
    this.#database.prepare(`UPDATE runs SET ${assignments} WHERE id = @id`).run({ ...columns, id });
  }

  moveFiles(fromFolder: string, toFolder: string): void {
    // As JSON writes a path that begins there.
    const beginning = (folder: string) => JSON.stringify(`${folder}${sep}`).slice(0, -1);
    this.#database
      .prepare('UPDATE cells SET config = replace(config, @from, @to) WHERE instr(config, @from) > 0')
      .run({ from: beginning(fromFolder), to: beginning(toFolder) });
  }

  /** The key that the other tables know the run by. Throws NOT_FOUND. */
  numberOf(id: string): number {
    const row = this.#selectNumber.get(id);
    if (row === undefined) throw new AppError('NOT_FOUND', `There is no run ${id} in this data folder.`);
    return row.number;
  }

  #require(id: string): RunRecord {
    const run = this.find(id);
    if (run === null) throw new AppError('NOT_FOUND', `There is no run ${id} in this data folder.`);
    return run;
  }
}
