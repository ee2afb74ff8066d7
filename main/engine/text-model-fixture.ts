// A tiny model that reads and writes text, for tests of whole runs: the golden llama with a byte-level tokenizer put in.
// No process runs it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aligned, padding, text, uint32, uint64 } from '../core/gguf-fields.ts';

const GOLDEN_MODEL = join(import.meta.dirname, '../../../shared/golden/llama-tied/model.gguf');
/** Reference data lies beside the repository; without it there is no model to run. */
export const hasTextModel = existsSync(GOLDEN_MODEL);

/** Byte 0 never occurs in text; its place in the vocabulary belongs to `</s>`, which ends a completion. */
const END_ID = 0;
const VOCABULARY_SIZE = 256;
const TYPE = { uint32: 4, int32: 5, boolean: 7, string: 8, array: 9 } as const;
const SCALAR_BYTES: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

/** Writes the model; every byte is a token, so `text.length` ASCII characters are as many tokens. */
export function writeTextModel(path: string): void {
  const bytes = readFileSync(GOLDEN_MODEL);
  const tensorCount = Number(bytes.readBigUInt64LE(8));
  const keptEntries: Buffer[] = [];
  let position = 24;
  for (let index = Number(bytes.readBigUInt64LE(16)); index > 0; index--) {
    const end = entryEnd(bytes, position);
    if (!readString(bytes, position).startsWith('tokenizer.')) keptEntries.push(bytes.subarray(position, end));
    position = end;
  }
  const tensorInfosEnd = tensorsEnd(bytes, position, tensorCount);
  const tensorInfos = bytes.subarray(position, tensorInfosEnd);
  const data = bytes.subarray(aligned(tensorInfosEnd));
  const entries = [...keptEntries, ...tokenizerEntries()];
  const head = Buffer.concat([bytes.subarray(0, 16), uint64(entries.length), ...entries, tensorInfos]);
  writeFileSync(path, Buffer.concat([head, padding(head.length), data]));
}

function tokenizerEntries(): Buffer[] {
  const tokens = Array.from({ length: VOCABULARY_SIZE }, (_, byte) =>
    text(byte === END_ID ? '</s>' : byteCharacter(byte)),
  );
  const types = Array.from({ length: VOCABULARY_SIZE }, (_, byte) => uint32(byte === END_ID ? 3 : 1));
  return [
    entry('tokenizer.ggml.model', TYPE.string, text('gpt2')),
    entry('tokenizer.ggml.pre', TYPE.string, text('gpt-2')),
    entry('tokenizer.ggml.tokens', TYPE.array, array(TYPE.string, tokens)),
    entry('tokenizer.ggml.token_type', TYPE.array, array(TYPE.int32, types)),
    // One merge that never applies: a file without any is refused.
    entry('tokenizer.ggml.merges', TYPE.array, array(TYPE.string, [text('Ā Ā')])),
    entry('tokenizer.ggml.eos_token_id', TYPE.uint32, uint32(END_ID)),
    entry('tokenizer.ggml.add_bos_token', TYPE.boolean, Buffer.of(0)),
  ];
}

/** GPT-2's printable stand-in of a byte. */
function byteCharacter(byte: number): string {
  const isPrintable = (code: number) => (code > 32 && code < 127) || (code > 160 && code !== 173);
  if (isPrintable(byte)) return String.fromCodePoint(byte);
  const before = Array.from({ length: byte }, (_, code) => code).filter((code) => !isPrintable(code)).length;
  return String.fromCodePoint(256 + before);
}

function entryEnd(bytes: Buffer, start: number): number {
  const valueStart = start + 8 + readString(bytes, start).length + 4;
  return valueEnd(bytes, valueStart, bytes.readUInt32LE(valueStart - 4));
}
function valueEnd(bytes: Buffer, start: number, type: number): number {
  if (type === TYPE.string) return start + 8 + Number(bytes.readBigUInt64LE(start));
  if (type !== TYPE.array) return start + (SCALAR_BYTES[type] ?? NaN);
  const elementType = bytes.readUInt32LE(start);
  let end = start + 12;
  for (let left = Number(bytes.readBigUInt64LE(start + 4)); left > 0; left--) end = valueEnd(bytes, end, elementType);
  return end;
}
function tensorsEnd(bytes: Buffer, start: number, count: number): number {
  let position = start;
  for (let left = count; left > 0; left--) {
    position = valueEnd(bytes, position, TYPE.string);
    position += 4 + 8 * bytes.readUInt32LE(position) + 4 + 8;
  }
  return position;
}
function readString(bytes: Buffer, start: number): string {
  return bytes.toString('latin1', start + 8, start + 8 + Number(bytes.readBigUInt64LE(start)));
}

function array(type: number, elements: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(type), uint64(elements.length), ...elements]);
}
function entry(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([text(key), uint32(type), value]);
}
