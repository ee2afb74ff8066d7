// Completions of runs: prompt, text, reward, advantage. Runs in the host.
import type { Database, Statement } from 'better-sqlite3';
import { CompletionRow } from '../../contracts/engine-protocol.ts';
import type { RunTable } from './runs.ts';

export interface StoredCompletion {
  step: number;
  phase: string;
  prompt_index: number;
  sample_index: number;
  prompt: string;
  text: string;
  gold: string;
  extracted: string | null;
  reward: number | null;
  advantage: number | null;
  token_count: number;
  finish_reason: string;
}

/** Columns of a StoredCompletion. */
export const COMPLETION_COLUMNS = `step, phase, prompt_index, sample_index, prompt, text, gold, extracted, reward, advantage,
  token_count, finish_reason`;

/** Without its tokens. */
export function toCompletion(row: StoredCompletion): CompletionRow {
  return CompletionRow.parse({
    step: row.step,
    phase: row.phase,
    promptIndex: row.prompt_index,
    sampleIndex: row.sample_index,
    prompt: row.prompt,
    text: row.text,
    gold: row.gold,
    extracted: row.extracted,
    reward: row.reward,
    advantage: row.advantage,
    tokenCount: row.token_count,
    finishReason: row.finish_reason,
    tokens: null,
  });
}

export class CompletionTable {
  readonly #database: Database;
  readonly #runs: RunTable;
  readonly #insert: Statement<[Omit<CompletionRow, 'tokens'> & { runNumber: number; tokens: Buffer | null }]>;

  constructor(database: Database, runs: RunTable) {
    this.#database = database;
    this.#runs = runs;
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO completions VALUES (@runNumber, @step, @phase, @promptIndex, @sampleIndex, @prompt, @text,
       @gold, @extracted, @reward, @advantage, @tokenCount, @finishReason, @tokens)`,
    );
  }

  append(runId: string, rows: readonly CompletionRow[]): void {
    const apply = this.#database.transaction(() => {
      const runNumber = this.#runs.numberOf(runId);
      for (const row of rows) {
        const tokens = row.tokens === null ? null : Buffer.from(row.tokens, 'base64');
        this.#insert.run({ ...row, runNumber, tokens });
      }
    });
    apply.immediate();
  }

  /** Newest step first, at most `limit` rows; without their tokens. */
  latest(runId: string, limit: number): CompletionRow[] {
    const rows = this.#database
      .prepare<[number, number], StoredCompletion>(
        `SELECT ${COMPLETION_COLUMNS} FROM completions WHERE run_number = ?
         ORDER BY step DESC, phase DESC, prompt_index, sample_index LIMIT ?`,
      )
      .all(this.#runs.numberOf(runId), limit);
    return rows.map(toCompletion);
  }

  /** Largest step with a completion; −1 where there is none. */
  lastStep(runId: string): number {
    const row = this.#database
      .prepare<[number], { step: number | null }>('SELECT max(step) AS step FROM completions WHERE run_number = ?')
      .get(this.#runs.numberOf(runId));
    return row?.step ?? -1;
  }

  /** Removes those of training, and of evaluations too unless they are kept. @returns how many */
  prune(runId: string, keepEvaluations: boolean): number {
    const condition = keepEvaluations ? "AND phase = 'train'" : '';
    return this.#database
      .prepare(`DELETE FROM completions WHERE run_number = ? ${condition}`)
      .run(this.#runs.numberOf(runId)).changes;
  }
}
