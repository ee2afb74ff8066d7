// The record of a run in its folder: metrics, completions and evaluations as JSON Lines, so that a crash of the host loses
// nothing. Runs in the engine process; the host reads the files when it recovers.
import { mkdir, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { CompletionRow, EvaluationResult, MetricsRow } from '../../contracts/engine-protocol.ts';
import { readRows } from '../core/json-lines.ts';

export const METRICS_FILE = 'metrics.jsonl';
export const COMPLETIONS_FILE = 'completions.jsonl';
export const EVALUATIONS_FILE = 'evaluations.jsonl';

export interface Standing {
  evaluations: EvaluationResult[];
  metrics: MetricsRow[];
  completions: CompletionRow[];
}

export class RunFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Appends a step's rows. Called before the step's checkpoint, so the checkpoint never is ahead of the record. */
  async appendStep(metrics: MetricsRow, rows: readonly CompletionRow[]): Promise<void> {
    await this.#append(COMPLETIONS_FILE, rows);
    await this.#append(METRICS_FILE, [metrics]);
  }

  /** Appends an evaluation: its completions first, then the result, whose presence says that it is whole. */
  async appendEvaluation(result: EvaluationResult, rows: readonly CompletionRow[]): Promise<void> {
    await this.#append(COMPLETIONS_FILE, rows);
    await this.#append(EVALUATIONS_FILE, [result]);
  }

  /**
   * Takes away everything beyond a checkpoint: steps that will be done again, and an evaluation's completions whose
   * result never came.
   * @returns what stands and the host may have missed: all evaluations, and the rows of the checkpoint's own step
   */
  async truncateAfter(step: number): Promise<Standing> {
    await mkdir(this.#folder, { recursive: true });
    const evaluations: EvaluationResult[] = [];
    const metrics: MetricsRow[] = [];
    const completions: CompletionRow[] = [];
    await this.#keepWhile(EVALUATIONS_FILE, EvaluationResult, (result) => {
      if (result.step > step) return false;
      evaluations.push(result);
      return true;
    });
    const whole = new Set(evaluations.map((result) => `evaluation-${result.mode} ${result.step}`));
    await this.#keepWhile(METRICS_FILE, MetricsRow, (row) => {
      if (row.step === step) metrics.push(row);
      return row.step <= step;
    });
    await this.#keepWhile(COMPLETIONS_FILE, CompletionRow, (row) => {
      const stands = row.step <= step && (row.phase === 'train' || whole.has(`${row.phase} ${row.step}`));
      if (stands && row.step === step) completions.push(row);
      return stands;
    });
    return { evaluations, metrics, completions };
  }

  /** Cuts the file before the first row that is torn or not kept. Rows are in the order of steps. */
  async #keepWhile<Row>(name: string, schema: z.ZodType<Row>, keep: (row: Row) => boolean): Promise<void> {
    const path = join(this.#folder, name);
    const fileBytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    if (fileBytes === 0) return;
    let keptBytes = 0;
    for await (const { row, sizeBytes } of readRows(path, schema)) {
      if (!keep(row)) break;
      keptBytes += sizeBytes;
    }
    if (keptBytes < fileBytes) await truncate(path, keptBytes);
  }

  async #append(name: string, rows: readonly unknown[]): Promise<void> {
    if (rows.length === 0) return;
    const file = await open(join(this.#folder, name), 'a');
    try {
      await file.writeFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}
