// Points, summaries and marks of metrics, few or many at once. Runs in the host's query thread.
import type { Database, Statement } from 'better-sqlite3';
import type { MetricMark, MetricOverview, MetricSummary } from '../../../contracts/metric-window.ts';
import { NonFinite } from '../../../contracts/metric-window.ts';

export interface StepRange {
  from: number;
  to: number;
}
export interface Points {
  steps: number[];
  values: number[];
}

type Range = [runNumber: number, nameId: number, from: number, to: number];
interface Point {
  step: number;
  value: number;
}

const WHERE = 'FROM metrics WHERE run_number = ? AND name_id = ? AND step BETWEEN ? AND ?';
const SUMMARY = `points, last_step AS lastStep, last, metric_summaries.min, min_step AS minStep, metric_summaries.max,
  max_step AS maxStep`;

export class MetricReader {
  readonly #database: Database;
  readonly #nameId: Statement<[string], { id: number }>;
  readonly #count: Statement<Range, { count: number; first: number | null; last: number | null }>;
  readonly #points: Statement<Range, [step: number, value: number]>;
  readonly #lowest: Statement<Range, Point>;
  readonly #highest: Statement<Range, Point>;
  readonly #first: Statement<Range, Point>;
  readonly #last: Statement<Range, Point>;
  readonly #marks: Statement<Range, { step: number; value: string }>;

  constructor(database: Database) {
    this.#database = database;
    this.#nameId = database.prepare('SELECT id FROM metric_names WHERE name = ?');
    this.#count = database.prepare(`SELECT count(*) AS count, min(step) AS first, max(step) AS last ${WHERE}`);
    this.#points = database.prepare<Range, [number, number]>(`SELECT step, value ${WHERE} ORDER BY step`).raw();
    // SQLite takes the other columns from the row that holds the extreme (https://sqlite.org/lang_select.html#bareagg).
    this.#lowest = database.prepare(`SELECT min(value) AS value, step ${WHERE}`);
    this.#highest = database.prepare(`SELECT max(value) AS value, step ${WHERE}`);
    this.#first = database.prepare(`SELECT step, value ${WHERE} ORDER BY step LIMIT 1`);
    this.#last = database.prepare(`SELECT step, value ${WHERE} ORDER BY step DESC LIMIT 1`);
    this.#marks = database.prepare(
      'SELECT step, value FROM metric_marks WHERE run_number = ? AND name_id = ? AND step BETWEEN ? AND ? ORDER BY step',
    );
  }

  /** Null where no run has such a metric. */
  nameId(name: string): number | null {
    return this.#nameId.get(name)?.id ?? null;
  }

  /** Every metric of a run, by name; those that were never a number, too. */
  overview(runNumber: number): MetricOverview[] {
    const rows = this.#database
      .prepare<[{ runNumber: number }], { name: string; marks: number } & (MetricSummary | { points: null })>(
        `WITH marked AS (SELECT name_id, count(*) AS marks FROM metric_marks WHERE run_number = @runNumber GROUP BY name_id)
         SELECT name, coalesce(marks, 0) AS marks, ${SUMMARY}
         FROM (SELECT name_id FROM metric_summaries WHERE run_number = @runNumber UNION SELECT name_id FROM marked) AS known
         JOIN metric_names ON metric_names.id = known.name_id
         LEFT JOIN metric_summaries ON metric_summaries.name_id = known.name_id AND run_number = @runNumber
         LEFT JOIN marked ON marked.name_id = known.name_id ORDER BY name`,
      )
      .all({ runNumber });
    return rows.map(({ name, marks, ...summary }) => ({
      ...{ name, marks },
      summary: summary.points === null ? null : summary,
    }));
  }

  /** Metrics of any run with the number of runs that have them, by name. */
  names(): { name: string; runs: number }[] {
    return this.#database
      .prepare<[], { name: string; runs: number }>(
        `SELECT name, count(*) AS runs FROM metric_summaries JOIN metric_names ON metric_names.id = name_id
         GROUP BY name_id ORDER BY name`,
      )
      .all();
  }

  /** The summary of one metric by run number, of all runs that have it. */
  summaries(nameId: number): Map<number, MetricSummary> {
    const rows = this.#database
      .prepare<[number], MetricSummary & { runNumber: number }>(
        `SELECT run_number AS runNumber, ${SUMMARY} FROM metric_summaries WHERE name_id = ?`,
      )
      .all(nameId);
    return new Map(rows.map((row) => [row.runNumber, row]));
  }

  /** The value at `step` or, missing there, the last before it. */
  valueAt(runNumber: number, nameId: number, step: number): number | null {
    return this.#last.get(runNumber, nameId, Number.MIN_SAFE_INTEGER, step)?.value ?? null;
  }

  extent(runNumber: number, nameId: number, { from, to }: StepRange) {
    const row = this.#count.get(runNumber, nameId, from, to);
    return { count: row?.count ?? 0, first: row?.first ?? null, last: row?.last ?? null };
  }

  lastStep(runNumber: number, nameId: number): number | null {
    return this.#last.get(runNumber, nameId, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)?.step ?? null;
  }

  points(runNumber: number, nameId: number, { from, to }: StepRange): Points {
    const steps: number[] = [];
    const values: number[] = [];
    for (const [step, value] of this.#points.all(runNumber, nameId, from, to)) {
      steps.push(step);
      values.push(value);
    }
    return { steps, values };
  }

  /** First, smallest, largest and last point of a range, by step, each once; empty where the range is. */
  extremes(runNumber: number, nameId: number, { from, to }: StepRange): Point[] {
    const range: Range = [runNumber, nameId, from, to];
    const first = this.#first.get(...range);
    const last = this.#last.get(...range);
    const lowest = this.#lowest.get(...range);
    const highest = this.#highest.get(...range);
    if (!first || !last || !lowest || !highest) return [];
    const byStep = new Map([first, lowest, highest, last].map((point) => [point.step, point]));
    return [...byStep.values()].sort((left, right) => left.step - right.step);
  }

  marks(runNumber: number, nameId: number, { from, to }: StepRange): MetricMark[] {
    return this.#marks
      .all(runNumber, nameId, from, to)
      .map(({ step, value }) => ({ step, value: NonFinite.parse(value) }));
  }
}
