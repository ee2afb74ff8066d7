// What runs of a shape took: medians of finished runs, and pilots that measured a shape before. Runs in the host.
import type { Database } from 'better-sqlite3';
import { Pilot } from '../../contracts/run-record.ts';
import type { ShapeCost } from '../../contracts/run-record.ts';
import type { CellShapes } from './cell-shapes.ts';
import { SHAPE_OF_CELL } from './migrations.ts';

/** Latest runs of a shape that an estimate rests on. */
const LIKE_RUNS = 5;
/** Last steps of a run: the first are slower, since caches are cold. */
const LAST_STEPS = 20;
const STEP_METRIC = 'time/stepMs';

interface FinishedRow {
  number: number;
  cell_key: string;
  total_steps: number;
  duration_ms: number;
}

export class CostTable {
  readonly #database: Database;
  readonly #shapes: CellShapes;

  constructor(database: Database, shapes: CellShapes) {
    this.#database = database;
    this.#shapes = shapes;
  }

  /** The shape that a cell of this configuration has: runs of one shape take about the same time a step. */
  shapeOf(config: unknown, modelHash: string): string {
    const row = this.#database
      .prepare<[string, string], { shape: string }>(
        `SELECT ${SHAPE_OF_CELL} AS shape FROM (SELECT ? AS config, ? AS model_hash)`,
      )
      .get(JSON.stringify(config), modelHash);
    return row?.shape ?? '';
  }

  shapeOfCell(cellKey: string): string {
    return this.#shapes.of(cellKey);
  }

  /** From the latest finished runs of the shape that ran without an interruption; null where there is none. */
  ofShape(shape: string): ShapeCost | null {
    const costs = this.#latestFinished(shape).flatMap((run) => {
      const stepMs = median(this.#lastStepTimes(run.number));
      return stepMs === null ? [] : [{ stepMs, overheadMs: Math.max(0, run.duration_ms - stepMs * run.total_steps) }];
    });
    const stepMs = median(costs.map((cost) => cost.stepMs));
    const overheadMs = median(costs.map((cost) => cost.overheadMs));
    return stepMs === null || overheadMs === null ? null : { stepMs, overheadMs, runs: costs.length };
  }

  #latestFinished(shape: string): FinishedRow[] {
    const latestFirst = this.#database
      .prepare<[], FinishedRow>(
        `SELECT number, cell_key, total_steps, ended_at_ms - started_at_ms AS duration_ms FROM runs
         WHERE state = 'done' AND attempts <= 1 AND total_steps > 0 ORDER BY ended_at_ms DESC`,
      )
      .iterate();
    const found: FinishedRow[] = [];
    for (const run of latestFirst) {
      if (this.#shapes.of(run.cell_key) === shape) found.push(run);
      if (found.length === LIKE_RUNS) break;
    }
    return found;
  }

  /** Median time of the run's last steps; null before three. */
  stepMsOf(runId: string): number | null {
    const row = this.#database.prepare<[string], { number: number }>('SELECT number FROM runs WHERE id = ?').get(runId);
    const times = row === undefined ? [] : this.#lastStepTimes(row.number);
    return times.length < 3 ? null : median(times);
  }

  #lastStepTimes(runNumber: number): number[] {
    return this.#database
      .prepare<[number], { value: number }>(
        `SELECT value FROM metrics WHERE run_number = ? AND name_id = (SELECT id FROM metric_names WHERE name = '${STEP_METRIC}')
         ORDER BY step DESC LIMIT ${LAST_STEPS}`,
      )
      .all(runNumber)
      .map(({ value }) => value);
  }

  pilot(shape: string, codeVersion: string): Pilot | null {
    const row = this.#database
      .prepare<[string, string], { result: string }>('SELECT result FROM pilots WHERE shape = ? AND code_version = ?')
      .get(shape, codeVersion);
    return row === undefined ? null : Pilot.parse(JSON.parse(row.result));
  }

  /** The shape's newest pilot, of whatever code. */
  latestPilot(shape: string): Pilot | null {
    const row = this.#database
      .prepare<[string], { result: string }>(
        'SELECT result FROM pilots WHERE shape = ? ORDER BY measured_at_ms DESC LIMIT 1',
      )
      .get(shape);
    return row === undefined ? null : Pilot.parse(JSON.parse(row.result));
  }

  savePilot(shape: string, codeVersion: string, pilot: Pilot): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO pilots (shape, code_version, result, measured_at_ms) VALUES (?, ?, ?, ?)')
      .run(shape, codeVersion, JSON.stringify(pilot), pilot.measuredAtMs);
  }
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
