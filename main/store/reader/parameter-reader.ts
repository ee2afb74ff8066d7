// The trained numbers of a run by step. Runs in the host's query thread.
import type { Database, Statement } from 'better-sqlite3';
import type { StepRange } from './metric-reader.ts';

export interface RecordedParameters {
  step: number;
  total: number;
  /** Null: every number in its order. */
  indices: Uint32Array | null;
  numbers: Float32Array;
}

interface Row {
  step: number;
  total: number;
  indices: Buffer | null;
  numbers: Buffer;
}

export class ParameterReader {
  readonly #select: Statement<[number, number, number], Row>;

  constructor(database: Database) {
    this.#select = database.prepare(
      `SELECT step, total, indices, numbers FROM parameter_snapshots
       WHERE run_number = ? AND step BETWEEN ? AND ? ORDER BY step`,
    );
  }

  /** By step. */
  *history(runNumber: number, { from, to }: StepRange): Generator<RecordedParameters> {
    for (const { step, total, indices, numbers } of this.#select.iterate(runNumber, from, to)) {
      yield { step, total, indices: indices && decodeIndices(indices), numbers: decodeNumbers(numbers) };
    }
  }
}

function decodeNumbers(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

function decodeIndices(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(index * 4));
}
