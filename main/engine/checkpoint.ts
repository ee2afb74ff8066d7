// A run's state on disk, written whole after every step. Runs in the engine process.
//
// File: magic, header length (uint32, little endian), JSON header, then parameters, first and second moments as float32.
// A write goes to a temporary file, is flushed, and is renamed into place; the checkpoint before it is kept, so a torn or
// missing newest file costs one step and not the run.
import { createHash } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BadInputError } from './bad-input.ts';

const MAGIC = Buffer.from('TLCKPT1\n', 'latin1');
const NEWEST = 'checkpoint.bin';
const PREVIOUS = 'checkpoint.previous.bin';

const Header = z.strictObject({
  step: z.int().min(0),
  /** Rows of the training data consumed so far; the order follows from seed and epoch. */
  dataCursor: z.int().min(0),
  /** Identity of what is trained: configuration, model, bases. */
  runKey: z.string(),
  optimiserStep: z.int().min(0),
  parameterCount: z.int().min(0),
  sha256: z.string(),
});

export interface Checkpoint {
  step: number;
  dataCursor: number;
  runKey: string;
  optimiserStep: number;
  params: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
}

/** SHA-256 over the identity of a run, keys sorted: equal keys may resume each other's checkpoints. */
export function runKey(identity: unknown): string {
  return createHash('sha256').update(canonicalJson(identity)).digest('hex');
}

function canonicalJson(value: unknown): string {
  const sorted = (_: string, entry: unknown) =>
    entry !== null && typeof entry === 'object' && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry;
  return JSON.stringify(value, sorted);
}

/** Writes atomically and durably; the newest checkpoint so far becomes the previous one. */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const arrays = [checkpoint.params, checkpoint.firstMoment, checkpoint.secondMoment].map(bytesOf);
  const header: z.infer<typeof Header> = {
    step: checkpoint.step,
    dataCursor: checkpoint.dataCursor,
    runKey: checkpoint.runKey,
    optimiserStep: checkpoint.optimiserStep,
    parameterCount: checkpoint.params.length,
    sha256: checksum(arrays),
  };
  const headerBytes = Buffer.from(JSON.stringify(header));
  const lengthBytes = Buffer.alloc(4);
  lengthBytes.writeUInt32LE(headerBytes.length);

  const temporary = join(folder, 'checkpoint.writing');
  const file = await open(temporary, 'w');
  try {
    for (const part of [MAGIC, lengthBytes, headerBytes, ...arrays]) await file.writeFile(part);
    await file.sync();
  } catch (error) {
    await file.close();
    await unlink(temporary);
    throw error;
  }
  await file.close();
  await renameIfPresent(join(folder, NEWEST), join(folder, PREVIOUS));
  await rename(temporary, join(folder, NEWEST));
  await syncFolder(folder);
}

/**
 * The newest checkpoint that is whole; null where there is none. `expected` is what the caller will resume.
 * Throws BadInputError where a checkpoint belongs to another configuration.
 */
export async function readCheckpoint(
  folder: string,
  expected: { runKey: string; parameterCount: number },
): Promise<Checkpoint | null> {
  const checkpoint = await readNewestCheckpoint(folder);
  if (checkpoint === null) return null;
  if (checkpoint.runKey !== expected.runKey || checkpoint.params.length !== expected.parameterCount) {
    throw new BadInputError(
      `The checkpoint in ${folder} belongs to another configuration, model or data; resume with what the run was started ` +
        'with, or start a new run',
    );
  }
  return checkpoint;
}

/** The newest checkpoint that is whole, whatever it belongs to; null where there is none. For reading a run's result. */
export async function readNewestCheckpoint(folder: string): Promise<Checkpoint | null> {
  return (await readOne(join(folder, NEWEST))) ?? (await readOne(join(folder, PREVIOUS)));
}

async function readOne(path: string): Promise<Checkpoint | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch {
    return null;
  }
  const headerStart = MAGIC.length + 4;
  if (bytes.length < headerStart || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const dataStart = headerStart + bytes.readUInt32LE(MAGIC.length);
  const header = parseHeader(bytes.subarray(headerStart, dataStart));
  const data = bytes.subarray(dataStart);
  if (header?.sha256 !== checksum([data]) || data.length !== 12 * header.parameterCount) return null;
  const array = (index: number) => floatsAt(data, index * header.parameterCount, header.parameterCount);
  const { step, dataCursor, runKey: key, optimiserStep } = header;
  return {
    step,
    dataCursor,
    runKey: key,
    optimiserStep,
    params: array(0),
    firstMoment: array(1),
    secondMoment: array(2),
  };
}

function parseHeader(bytes: Buffer): z.infer<typeof Header> | null {
  try {
    return Header.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return null;
  }
}

function bytesOf(array: Float32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

function floatsAt(data: Buffer, first: number, count: number): Float32Array {
  // A copy, because the file's bytes need not be aligned to four.
  const copy = new Uint8Array(data.subarray(first * 4, (first + count) * 4));
  return new Float32Array(copy.buffer, 0, count);
}

function checksum(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

async function renameIfPresent(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

/** Makes the renames durable. Windows knows no such call on folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
