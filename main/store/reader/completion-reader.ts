// Completions of a run as they are browsed: steps, prompts, groups, search. Runs in the host's query thread.
import type { Database } from 'better-sqlite3';
import type {
  CompletionPhase,
  CompletionSearchQuery,
  CompletionSearchResult,
  CompletionStep,
  RewardCount,
} from '../../../contracts/completion-browser.ts';
import type { CompletionRow } from '../../../contracts/engine-protocol.ts';
import { COMPLETION_COLUMNS, toCompletion } from '../completions.ts';
import type { StoredCompletion } from '../completions.ts';

export interface CompletionWithTokens {
  row: CompletionRow;
  /** As token-record.ts writes them. */
  tokens: Uint8Array | null;
}

interface GroupKey {
  runNumber: number;
  step: number;
  phase: CompletionPhase;
  promptIndex: number;
}

export interface PromptOverview {
  promptIndex: number;
  prompt: string;
  gold: string;
  samples: number;
  graded: number;
  right: number;
  meanReward: number | null;
  minReward: number | null;
  maxReward: number | null;
}

const RANGE = 'run_number = @runNumber AND step BETWEEN @fromStep AND @toStep AND (@phase IS NULL OR phase = @phase)';
const MATCHES = `(@minReward IS NULL OR reward >= @minReward) AND (@maxReward IS NULL OR reward <= @maxReward)
  AND (@finishReason IS NULL OR finish_reason = @finishReason)
  AND (@pattern IS NULL OR text LIKE @pattern ESCAPE '!' OR prompt LIKE @pattern ESCAPE '!'
    OR extracted LIKE @pattern ESCAPE '!')`;
const ORDER = 'ORDER BY step, phase, prompt_index, sample_index';

export class CompletionReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** By step, then phase. */
  steps(runNumber: number): CompletionStep[] {
    return this.#database
      .prepare<[number], CompletionStep>(
        `SELECT step, phase, count(DISTINCT prompt_index) AS prompts, count(*) AS completions,
         avg(reward) AS meanReward, count(tokens) AS withTokens
         FROM completions WHERE run_number = ? GROUP BY step, phase ORDER BY step, phase`,
      )
      .all(runNumber);
  }

  /** By prompt index. */
  prompts(runNumber: number, step: number, phase: CompletionPhase): PromptOverview[] {
    return this.#database
      .prepare<[number, number, string], PromptOverview>(
        `SELECT prompt_index AS promptIndex, prompt, gold, count(*) AS samples, count(reward) AS graded,
         total(reward >= 1) AS right, avg(reward) AS meanReward, min(reward) AS minReward, max(reward) AS maxReward
         FROM completions WHERE run_number = ? AND step = ? AND phase = ? GROUP BY prompt_index ORDER BY prompt_index`,
      )
      .all(runNumber, step, phase);
  }

  /** By reward, the smallest first. */
  rewardCounts(runNumber: number, step: number, phase: CompletionPhase): RewardCount[] {
    return this.#database
      .prepare<[number, number, string], RewardCount>(
        `SELECT reward, count(*) AS completions FROM completions WHERE run_number = ? AND step = ? AND phase = ?
         GROUP BY reward ORDER BY reward`,
      )
      .all(runNumber, step, phase);
  }

  /** By sample. */
  group(key: GroupKey): CompletionWithTokens[] {
    return this.#database
      .prepare<[GroupKey], StoredCompletion & { tokens: Buffer | null }>(
        `SELECT ${COMPLETION_COLUMNS}, tokens FROM completions WHERE run_number = @runNumber AND step = @step
         AND phase = @phase AND prompt_index = @promptIndex ORDER BY sample_index`,
      )
      .all(key)
      .map((row) => ({ row: toCompletion(row), tokens: row.tokens }));
  }

  /** Completions of step 0 to exactly this prompt: what the untrained model answered. */
  ofUntrained(runNumber: number, prompt: string): CompletionWithTokens[] {
    return this.#database
      .prepare<[number, string], StoredCompletion & { tokens: Buffer | null }>(
        `SELECT ${COMPLETION_COLUMNS}, tokens FROM completions WHERE run_number = ? AND step = 0 AND prompt = ? ${ORDER}`,
      )
      .all(runNumber, prompt)
      .map((row) => ({ row: toCompletion(row), tokens: row.tokens }));
  }

  /** The last step up to `atStep` with completions of exactly this prompt; null where there is none. */
  lastStepOf(key: Omit<GroupKey, 'step'>, prompt: string, atStep: number): number | null {
    const row = this.#database
      .prepare<[Omit<GroupKey, 'step'> & { prompt: string; atStep: number }], { step: number }>(
        `SELECT step FROM completions WHERE run_number = @runNumber AND phase = @phase AND prompt_index = @promptIndex
         AND step <= @atStep AND prompt = @prompt ORDER BY step DESC LIMIT 1`,
      )
      .get({ ...key, prompt, atStep });
    return row?.step ?? null;
  }

  search(runNumber: number, query: CompletionSearchQuery): CompletionSearchResult {
    const parameters = {
      runNumber,
      fromStep: query.fromStep ?? 0,
      toStep: query.toStep ?? Number.MAX_SAFE_INTEGER,
      phase: query.phase,
      minReward: query.minReward,
      maxReward: query.maxReward,
      finishReason: query.finishReason,
      pattern: query.text === '' ? null : `%${query.text.replace(/[!%_]/g, '!$&')}%`,
    };
    const counts = this.#database
      .prepare<[typeof parameters], { searched: number; matched: number }>(
        `SELECT count(*) AS searched, count(*) FILTER (WHERE ${MATCHES}) AS matched FROM completions WHERE ${RANGE}`,
      )
      .get(parameters);
    const rows = this.#database
      .prepare<[typeof parameters & { offset: number; limit: number }], StoredCompletion>(
        `SELECT ${COMPLETION_COLUMNS} FROM completions WHERE ${RANGE} AND ${MATCHES} ${ORDER} LIMIT @limit OFFSET @offset`,
      )
      .all({ ...parameters, offset: query.offset, limit: query.limit });
    return {
      searched: counts?.searched ?? 0,
      matched: counts?.matched ?? 0,
      rows: rows.map((row) => withoutTokens(toCompletion(row))),
    };
  }
}

function withoutTokens({ tokens: _, ...row }: CompletionRow): Omit<CompletionRow, 'tokens'> {
  return row;
}
