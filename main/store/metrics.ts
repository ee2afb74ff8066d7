// Metrics of runs by name and step, with a summary of each. Runs in the host.
import type { Database, Statement } from 'better-sqlite3';
import type { MetricMark, NonFinite } from '../../contracts/metric-window.ts';
import type { MetricSeries } from '../../contracts/run-state.ts';
import type { RunTable } from './runs.ts';

interface Point {
  runNumber: number;
  nameId: number;
  step: number;
  value: number;
}

/** For a step beyond the last one; a column on the right is what the summary says so far. */
const EXTEND_SUMMARY = `
INSERT INTO metric_summaries VALUES (@runNumber, @nameId, 1, @step, @value, @value, @step, @value, @step)
ON CONFLICT DO UPDATE SET points = points + 1, last_step = @step, last = @value,
  min = min(min, @value), min_step = iif(@value < min, @step, min_step),
  max = max(max, @value), max_step = iif(@value > max, @step, max_step)`;

/** From all points: of equal extremes the first step counts, as when they were appended one by one. */
const REBUILD_SUMMARY = `
INSERT OR REPLACE INTO metric_summaries
SELECT @runNumber, @nameId, (SELECT count(*) FROM points), last.step, last.value, low.value, low.step, high.value, high.step
FROM (SELECT step, value FROM points ORDER BY step DESC LIMIT 1) AS last,
  (SELECT step, value FROM points ORDER BY value, step LIMIT 1) AS low,
  (SELECT step, value FROM points ORDER BY value DESC, step LIMIT 1) AS high`;
const POINTS = 'WITH points AS (SELECT step, value FROM metrics WHERE run_number = @runNumber AND name_id = @nameId)';

export class MetricTable {
  readonly #database: Database;
  readonly #runs: RunTable;
  readonly #insert: Statement<[Point]>;
  readonly #mark: Statement<[number, number, number, NonFinite]>;
  readonly #selectLastStep: Statement<[number, number], { step: number }>;
  readonly #extendSummary: Statement<[Point]>;
  readonly #rebuildSummary: Statement<[{ runNumber: number; nameId: number }]>;
  readonly #selectName: Statement<[string], { id: number }>;
  readonly #insertName: Statement<[string], { id: number }>;

  constructor(database: Database, runs: RunTable) {
    this.#database = database;
    this.#runs = runs;
    this.#insert = database.prepare('INSERT OR REPLACE INTO metrics VALUES (@runNumber, @nameId, @step, @value)');
    this.#mark = database.prepare('INSERT OR REPLACE INTO metric_marks VALUES (?, ?, ?, ?)');
    this.#selectLastStep = database.prepare(
      'SELECT last_step AS step FROM metric_summaries WHERE run_number = ? AND name_id = ?',
    );
    this.#extendSummary = database.prepare(EXTEND_SUMMARY);
    this.#rebuildSummary = database.prepare(`${POINTS} ${REBUILD_SUMMARY}`);
    this.#selectName = database.prepare('SELECT id FROM metric_names WHERE name = ?');
    this.#insertName = database.prepare('INSERT INTO metric_names (name) VALUES (?) RETURNING id');
  }

  /** Replaces what the run has of these names at this step. */
  append(runId: string, step: number, values: Readonly<Record<string, number>>): void {
    const apply = this.#database.transaction(() => {
      const runNumber = this.#runs.numberOf(runId);
      for (const [name, value] of Object.entries(values)) {
        this.#appendPoint({ runNumber, nameId: this.#nameId(name), step, value });
      }
    });
    apply.immediate();
  }

  #appendPoint(point: Point): void {
    const { runNumber, nameId, step } = point;
    const isNewest = step > (this.#selectLastStep.get(runNumber, nameId)?.step ?? -Infinity);
    this.#insert.run(point);
    if (isNewest) this.#extendSummary.run(point);
    else this.#rebuildSummary.run({ runNumber, nameId });
  }

  /** Notes the metrics of this step that are no numbers. */
  mark(runId: string, step: number, values: Readonly<Record<string, NonFinite>>): void {
    const apply = this.#database.transaction(() => {
      const runNumber = this.#runs.numberOf(runId);
      for (const [name, value] of Object.entries(values)) this.#mark.run(runNumber, this.#nameId(name), step, value);
    });
    apply.immediate();
  }

  /** Points and marks beyond `step`, and what the summaries knew of them. */
  removeAfter(runId: string, step: number): void {
    const runNumber = this.#runs.numberOf(runId);
    this.#database.prepare('DELETE FROM metric_marks WHERE run_number = ? AND step > ?').run(runNumber, step);
    const { changes } = this.#database
      .prepare('DELETE FROM metrics WHERE run_number = ? AND step > ?')
      .run(runNumber, step);
    if (changes === 0) return;
    const touched = this.#database
      .prepare<[number, number], { nameId: number }>(
        'DELETE FROM metric_summaries WHERE run_number = ? AND last_step > ? RETURNING name_id AS nameId',
      )
      .all(runNumber, step);
    for (const { nameId } of touched) this.#rebuildSummary.run({ runNumber, nameId });
  }

  series(runId: string): MetricSeries[] {
    const rows = this.#database
      .prepare<[number], { name: string; step: number; value: number }>(
        `SELECT name, step, value FROM metrics JOIN metric_names ON metric_names.id = name_id
         WHERE run_number = ? ORDER BY name, step`,
      )
      .all(this.#runs.numberOf(runId));
    const byName = new Map<string, MetricSeries>();
    const seriesOf = (name: string): MetricSeries => {
      const known = byName.get(name) ?? { name, steps: [], values: [], marks: [] };
      byName.set(name, known);
      return known;
    };
    for (const { name, step, value } of rows) {
      const series = seriesOf(name);
      series.steps.push(step);
      series.values.push(value);
    }
    for (const { name, ...mark } of this.#marksOf(runId)) seriesOf(name).marks.push(mark);
    return [...byName.values()];
  }

  #marksOf(runId: string): (MetricMark & { name: string })[] {
    return this.#database
      .prepare<[number], MetricMark & { name: string }>(
        `SELECT name, step, metric_marks.value FROM metric_marks JOIN metric_names ON metric_names.id = name_id
         WHERE run_number = ? ORDER BY name, step`,
      )
      .all(this.#runs.numberOf(runId));
  }

  /** Largest step with a metric; −1 where there is none. */
  lastStep(runId: string): number {
    const row = this.#database
      .prepare<[number], { step: number | null }>(
        'SELECT max(last_step) AS step FROM metric_summaries WHERE run_number = ?',
      )
      .get(this.#runs.numberOf(runId));
    return row?.step ?? -1;
  }

  #nameId(name: string): number {
    const row = this.#selectName.get(name) ?? this.#insertName.get(name);
    if (row === undefined) throw new Error(`Metric name ${name} was not stored.`);
    return row.id;
  }
}
