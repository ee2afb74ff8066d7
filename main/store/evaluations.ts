// Evaluation results of runs, with each problem's score. Runs in the host; its query thread reads with it.
import type { Database } from 'better-sqlite3';
import { EvaluationResult } from '../../contracts/engine-protocol.ts';
import type { RunTable } from './runs.ts';

const BYTES_PER_SCORE = 8;
const BYTES_PER_CLUSTER = 4;

export interface EvaluationRow {
  step: number;
  mode: string;
  temperature: number;
  problems: number;
  samples: number;
  accuracy: number;
  strict: number;
  lenient: number;
  format: number;
  mean_tokens: number;
  duration_ms: number;
  per_problem: Buffer;
  clusters: Buffer | null;
}

function encodeScores(scores: readonly number[]): Buffer {
  const bytes = Buffer.alloc(scores.length * BYTES_PER_SCORE);
  for (const [index, score] of scores.entries()) bytes.writeDoubleLE(score, index * BYTES_PER_SCORE);
  return bytes;
}

function decodeScores(bytes: Buffer): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scores = new Array<number>(bytes.length / BYTES_PER_SCORE);
  for (let index = 0; index < scores.length; index++) scores[index] = view.getFloat64(index * BYTES_PER_SCORE, true);
  return scores;
}

function encodeClusters(clusters: readonly number[] | null): Buffer | null {
  if (clusters === null) return null;
  const bytes = Buffer.alloc(clusters.length * BYTES_PER_CLUSTER);
  for (const [index, cluster] of clusters.entries()) bytes.writeUInt32LE(cluster, index * BYTES_PER_CLUSTER);
  return bytes;
}

function decodeClusters(bytes: Buffer | null): number[] | null {
  if (bytes === null) return null;
  return Array.from({ length: bytes.length / BYTES_PER_CLUSTER }, (_, index) =>
    bytes.readUInt32LE(index * BYTES_PER_CLUSTER),
  );
}

/**
 * The columns' types and what was checked before it was saved vouch for the numbers: to check each problem's score at every
 * reading would take most of the time of a table or a front.
 */
export function toEvaluation(row: EvaluationRow): EvaluationResult {
  const { mode, mean_tokens: meanTokens, duration_ms: durationMs, per_problem: scores, clusters, ...rest } = row;
  return {
    ...rest,
    mode: EvaluationResult.shape.mode.parse(mode),
    meanTokens,
    durationMs,
    perProblem: decodeScores(scores),
    clusters: decodeClusters(clusters),
  };
}

export class EvaluationTable {
  readonly #database: Database;
  readonly #runs: RunTable;

  constructor(database: Database, runs: RunTable) {
    this.#database = database;
    this.#runs = runs;
  }

  save(runId: string, result: EvaluationResult): void {
    const { perProblem, clusters, ...columns } = result;
    this.#database
      .prepare(
        `INSERT OR REPLACE INTO evaluations VALUES (@runNumber, @step, @mode, @temperature, @problems, @samples,
         @accuracy, @strict, @lenient, @format, @meanTokens, @durationMs, @scores, @clusters)`,
      )
      .run({
        ...columns,
        runNumber: this.#runs.numberOf(runId),
        scores: encodeScores(perProblem),
        clusters: encodeClusters(clusters),
      });
  }

  /** By step, then mode. */
  list(runId: string): EvaluationResult[] {
    const rows = this.#database
      .prepare<[number], EvaluationRow>(
        `SELECT step, mode, temperature, problems, samples, accuracy, strict, lenient, format, mean_tokens, duration_ms,
         per_problem, clusters FROM evaluations WHERE run_number = ? ORDER BY step, mode`,
      )
      .all(this.#runs.numberOf(runId));
    return rows.map(toEvaluation);
  }
}
