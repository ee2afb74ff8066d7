// The record of a run in its folder: metrics, completions and evaluations as JSON Lines, so that a crash of the host loses
// nothing. Runs in the engine process; the host reads the files when it recovers.
import { createReadStream } from 'node:fs';
import { mkdir, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { CompletionRow, EvaluationResult, MetricsRow } from '../../contracts/engine-protocol.ts';

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
    const sizeBytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    if (sizeBytes === 0) return;
    let keptBytes = 0;
    for await (const line of linesOf(path)) {
      const row = schema.safeParse(parseJson(line.toString('utf8')));
      if (!row.success || !keep(row.data)) break;
      keptBytes += line.length + 1;
    }
    if (keptBytes < sizeBytes) await truncate(path, keptBytes);
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

/**
 * Lines that end with a line feed, without it; a last one without was being written and is left out. Not readline's lines:
 * it also breaks at U+2028, which JSON leaves as it is.
 */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const LINE_FEED = 10;
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      yield bytes.subarray(start, end);
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
