// The trained numbers of runs after each step. Runs in the host.
import type { Database, Statement } from 'better-sqlite3';
import type { ParameterSnapshot } from '../../contracts/engine-protocol.ts';
import type { RunTable } from './runs.ts';

const BYTES_PER_INDEX = 4;

export class ParameterTable {
  readonly #runs: RunTable;
  readonly #insert: Statement<[number, number, number, Buffer | null, Buffer]>;

  constructor(database: Database, runs: RunTable) {
    this.#runs = runs;
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO parameter_snapshots (run_number, step, total, indices, numbers) VALUES (?, ?, ?, ?, ?)',
    );
  }

  /** Replaces what the run has of this step. */
  save(runId: string, step: number, { total, indices, values }: ParameterSnapshot): void {
    const numbers = Buffer.from(values, 'base64');
    this.#insert.run(this.#runs.numberOf(runId), step, total, encodeIndices(indices), numbers);
  }
}

function encodeIndices(indices: readonly number[] | null): Buffer | null {
  if (indices === null) return null;
  const bytes = Buffer.alloc(indices.length * BYTES_PER_INDEX);
  for (const [position, index] of indices.entries()) bytes.writeUInt32LE(index, position * BYTES_PER_INDEX);
  return bytes;
}
