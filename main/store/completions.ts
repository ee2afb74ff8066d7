// Completions of runs: prompt, text, reward, advantage. Runs in the host.
import type { Database, Statement } from 'better-sqlite3';
import { CompletionRow } from '../../contracts/engine-protocol.ts';
import type { RunTable } from './runs.ts';

interface StoredCompletion {
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

function toCompletion(row: StoredCompletion): CompletionRow {
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
  });
}

export class CompletionTable {
  readonly #database: Database;
  readonly #runs: RunTable;
  readonly #insert: Statement<[CompletionRow & { runNumber: number }]>;

  constructor(database: Database, runs: RunTable) {
    this.#database = database;
    this.#runs = runs;
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO completions VALUES (@runNumber, @step, @phase, @promptIndex, @sampleIndex, @prompt, @text,
       @gold, @extracted, @reward, @advantage, @tokenCount, @finishReason)`,
    );
  }

  append(runId: string, rows: readonly CompletionRow[]): void {
    const apply = this.#database.transaction(() => {
      const runNumber = this.#runs.numberOf(runId);
      for (const row of rows) this.#insert.run({ ...row, runNumber });
    });
    apply.immediate();
  }

  /** Newest step first, at most `limit` rows. */
  latest(runId: string, limit: number): CompletionRow[] {
    const rows = this.#database
      .prepare<[number, number], StoredCompletion>(
        `SELECT * FROM completions WHERE run_number = ?
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
