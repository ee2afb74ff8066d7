// Writes a GGUF file (version 3) with F32 tensors. Runs in make:model. Format: ggml's include/gguf.h.
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { aligned, padding, text, uint32, uint64 } from '../../main/core/gguf-fields.ts';

export type GgufValue =
  | { type: 'uint32'; value: number }
  | { type: 'float32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'strings'; value: readonly string[] }
  | { type: 'int32s'; value: readonly number[] };

export interface GgufTensorData {
  name: string;
  /** Row-major, e.g. [out, in]. */
  shape: readonly number[];
  data: Float32Array;
}

const MAGIC = 'GGUF';
const VERSION = 3;
const TENSOR_TYPE_F32 = 0;
const VALUE_TYPES = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;

/** Writes metadata and tensors; the file appears under its name only when it is whole. */
export function writeGguf(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensorData[],
): void {
  const partialPath = `${path}.partial`;
  const file = openSync(partialPath, 'w');
  try {
    const header = encodeHeader(metadata, tensors);
    writeSync(file, header);
    writeSync(file, padding(header.length));
    for (const { data } of tensors) {
      const bytes = littleEndian(data);
      writeSync(file, bytes);
      writeSync(file, padding(bytes.length));
    }
  } finally {
    closeSync(file);
  }
  renameSync(partialPath, path);
}

function encodeHeader(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensorData[]): Buffer {
  const parts = [Buffer.from(MAGIC), uint32(VERSION), uint64(tensors.length), uint64(metadata.size)];
  for (const [key, value] of metadata) parts.push(text(key), encodeValue(value));
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (count !== data.length) {
      throw new RangeError(
        `tensor ${name} has ${data.length} entries, but its shape [${shape.join(', ')}] means ${count}`,
      );
    }
    // ggml lists the fastest dimension first.
    parts.push(
      text(name),
      uint32(shape.length),
      ...shape.toReversed().map(uint64),
      uint32(TENSOR_TYPE_F32),
      uint64(offset),
    );
    offset += aligned(data.byteLength);
  }
  return Buffer.concat(parts);
}

function encodeValue(value: GgufValue): Buffer {
  switch (value.type) {
    case 'uint32':
      return Buffer.concat([uint32(VALUE_TYPES.uint32), uint32(value.value)]);
    case 'float32':
      return Buffer.concat([uint32(VALUE_TYPES.float32), littleEndian(Float32Array.of(value.value))]);
    case 'bool':
      return Buffer.concat([uint32(VALUE_TYPES.bool), Buffer.of(value.value ? 1 : 0)]);
    case 'string':
      return Buffer.concat([uint32(VALUE_TYPES.string), text(value.value)]);
    case 'strings':
      return Buffer.concat([...arrayHead(VALUE_TYPES.string, value.value.length), ...value.value.map(text)]);
    case 'int32s':
      return Buffer.concat([...arrayHead(VALUE_TYPES.int32, value.value.length), ...value.value.map(int32)]);
  }
}

function arrayHead(elementType: number, length: number): Buffer[] {
  return [uint32(VALUE_TYPES.array), uint32(elementType), uint64(length)];
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function littleEndian(data: Float32Array): Buffer {
  const bytes = Buffer.alloc(data.byteLength);
  data.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes;
}
