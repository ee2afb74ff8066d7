// The queue's order and settings: they survive every end of the host. Runs in the host.
import type { Database } from 'better-sqlite3';
import { QueueHoldReason } from '../../contracts/queue.ts';
import type { QueueHold } from '../../contracts/queue.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { CellShapes } from './cell-shapes.ts';
import { IS_WAITING, SELECT_RUNS, toRecord } from './runs.ts';
import type { RunRow } from './runs.ts';

interface SettingsRow {
  hold_reason: string | null;
  held_since_ms: number | null;
  hold_run_id: string | null;
  continue_after_failure: number;
}

export class QueueTable {
  readonly #database: Database;
  readonly #shapes: CellShapes;

  constructor(database: Database, shapes: CellShapes) {
    this.#database = database;
    this.#shapes = shapes;
  }

  settings(): { hold: QueueHold | null; continueAfterFailure: boolean } {
    const row = this.#database.prepare<[], SettingsRow>('SELECT * FROM queue_settings').get();
    const reason = row?.hold_reason ?? null;
    const hold =
      row === undefined || reason === null
        ? null
        : { reason: QueueHoldReason.parse(reason), sinceMs: row.held_since_ms ?? 0, runId: row.hold_run_id };
    return { hold, continueAfterFailure: row?.continue_after_failure !== 0 };
  }

  setHold(hold: QueueHold | null): void {
    this.#database
      .prepare('UPDATE queue_settings SET hold_reason = @reason, held_since_ms = @sinceMs, hold_run_id = @runId')
      .run(hold ?? { reason: null, sinceMs: null, runId: null });
  }

  setContinueAfterFailure(enabled: boolean): void {
    this.#database.prepare('UPDATE queue_settings SET continue_after_failure = ?').run(enabled ? 1 : 0);
  }

  /** In the order in which they will run. */
  waiting(limit: number): RunRecord[] {
    return this.#database
      .prepare<[number], RunRow>(`${SELECT_RUNS} WHERE ${IS_WAITING} ORDER BY queue_position LIMIT ?`)
      .all(limit)
      .map(toRecord);
  }

  waitingCount(): number {
    const row = this.#database
      .prepare<[], { count: number }>(`SELECT count(*) AS count FROM runs WHERE ${IS_WAITING}`)
      .get();
    return row?.count ?? 0;
  }

  /** Of waiting runs, with how many of each share shape, steps and evaluations: enough to say how long the queue is. */
  waitingShapes(): { shape: string; steps: number; runs: number }[] {
    const waiting = this.#database
      .prepare<[], { cellKey: string; steps: number }>(
        `SELECT cell_key AS cellKey, total_steps - last_step AS steps FROM runs WHERE ${IS_WAITING}`,
      )
      .all();
    const alike = Map.groupBy(waiting, ({ cellKey, steps }) => `${steps} ${this.#shapes.of(cellKey)}`);
    return [...alike.values()].map((runs) => ({
      shape: this.#shapes.of(runs[0]?.cellKey ?? ''),
      steps: runs[0]?.steps ?? 0,
      runs: runs.length,
    }));
  }

  /**
   * Puts waiting runs at a place counted from 0, in the order given. The places of the waiting stay the same numbers, so
   * that a cancelled run still knows where it stood.
   * @returns the place of the first of them
   */
  move(runIds: readonly string[], position: number): number {
    const apply = this.#database.transaction(() => {
      const rows = this.#database
        .prepare<[], { id: string; queue_position: number }>(
          `SELECT id, queue_position FROM runs WHERE ${IS_WAITING} ORDER BY queue_position`,
        )
        .all();
      const moving = new Set(runIds);
      const order = rows.map(({ id }) => id).filter((id) => !moving.has(id));
      const place = Math.min(position, order.length);
      order.splice(place, 0, ...runIds);
      const update = this.#database.prepare('UPDATE runs SET queue_position = ? WHERE id = ?');
      for (const [index, id] of order.entries()) {
        const row = rows[index];
        if (row !== undefined && row.id !== id) update.run(row.queue_position, id);
      }
      return place;
    });
    return apply.immediate();
  }

  /** Puts a run before all that wait. */
  moveToFront(runId: string): void {
    this.#database
      .prepare('UPDATE runs SET queue_position = (SELECT min(queue_position) FROM runs) - 1 WHERE id = ?')
      .run(runId);
  }

  /** Failed, not removed, and not acknowledged; newest first. */
  unseenFailures(limit: number): RunRecord[] {
    return this.#database
      .prepare<[number], RunRow>(
        `${SELECT_RUNS} WHERE state = 'failed' AND removed_at_ms IS NULL AND failure_acknowledged = 0
         ORDER BY ended_at_ms DESC, runs.number DESC LIMIT ?`,
      )
      .all(limit)
      .map(toRecord);
  }

  /** @returns whether it was news */
  acknowledgeFailure(runId: string): boolean {
    const { changes } = this.#database
      .prepare(
        "UPDATE runs SET failure_acknowledged = 1 WHERE id = ? AND state = 'failed' AND failure_acknowledged = 0",
      )
      .run(runId);
    return changes > 0;
  }
}
