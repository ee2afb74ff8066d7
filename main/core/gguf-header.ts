// Reads what the head of a GGUF file says of its tensors, without loading the model. Host and tool process.
// Format: ggml's docs/gguf.md, versions 2 and 3, little-endian.
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { badInput } from '../../contracts/app-error.ts';

export interface GgufTensor {
  name: string;
  /** Row-major, e.g. [out, in] of a linear layer: the reverse of ggml's order. */
  shape: number[];
}

export interface GgufHeader {
  architecture: string;
  tensors: GgufTensor[];
  /** Where the values end and the tensors' descriptions begin, in bytes from the file's start. */
  valuesEndBytes: number;
  /** Where the value that names the weight type lies; null where the file has none. */
  fileTypeOffsetBytes: number | null;
  /** Tensors begin at multiples of this. */
  alignmentBytes: number;
}

const MAGIC = 0x46554747;
const READ_BYTES = 1 << 20;
const DEFAULT_ALIGNMENT_BYTES = 32;
const UINT32_TYPE = 4;
const STRING_TYPE = 8;
const ARRAY_TYPE = 9;
/** Size in bytes of each scalar value type of GGUF: u8 i8 u16 i16 u32 i32 f32 bool, then (10–12) u64 i64 f64. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8, // prettier-ignore
};

/** A cursor over a file that reads on in large pieces. */
class FileCursor {
  readonly #file: FileHandle;
  readonly #path: string;
  #window: Buffer = Buffer.alloc(0);
  #offset = 0;
  #position = 0;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Bytes from the file's start to what is read next. */
  get offsetBytes(): number {
    return this.#position - this.#window.length + this.#offset;
  }

  async take(size: number): Promise<Buffer> {
    if (this.#offset + size > this.#window.length) await this.#fill(size);
    const bytes = this.#window.subarray(this.#offset, this.#offset + size);
    this.#offset += size;
    return bytes;
  }

  async u32(): Promise<number> {
    return (await this.take(4)).readUInt32LE();
  }

  async u64(): Promise<number> {
    const value = (await this.take(8)).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#broken();
    return Number(value);
  }

  async text(): Promise<string> {
    return (await this.take(await this.u64())).toString('utf8');
  }

  async #fill(size: number): Promise<void> {
    const rest = this.#window.subarray(this.#offset);
    const { size: fileBytes } = await this.#file.stat();
    if (size > rest.length + fileBytes - this.#position) throw this.#broken();
    const chunk = Buffer.alloc(Math.max(READ_BYTES, size - rest.length));
    const { bytesRead } = await this.#file.read(chunk, 0, chunk.length, this.#position);
    this.#position += bytesRead;
    this.#window = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    this.#offset = 0;
    if (size > this.#window.length) throw this.#broken();
  }

  #broken(): Error {
    return badInput(`${this.#path} ends in the middle of its header or is damaged: download or copy the model again.`);
  }
}

async function skipValue(cursor: FileCursor, type: number, path: string): Promise<void> {
  if (type === STRING_TYPE) {
    await cursor.text();
  } else if (type === ARRAY_TYPE) {
    const elementType = await cursor.u32();
    const count = await cursor.u64();
    const elementBytes = SCALAR_BYTES[elementType];
    if (elementBytes !== undefined) await cursor.take(elementBytes * count);
    else for (let index = 0; index < count; index++) await skipValue(cursor, elementType, path);
  } else {
    const size = SCALAR_BYTES[type];
    if (size === undefined)
      throw badInput(`${path} holds a value of unknown type ${type}: it is not a GGUF file we can read.`);
    await cursor.take(size);
  }
}

async function readHeader(cursor: FileCursor, path: string): Promise<GgufHeader> {
  if ((await cursor.u32()) !== MAGIC)
    throw badInput(`${path} is not a GGUF file: choose a model file that ends in .gguf.`);
  const version = await cursor.u32();
  if (version !== 2 && version !== 3)
    throw badInput(`${path} is GGUF version ${version}; versions 2 and 3 can be read.`);
  const tensorCount = await cursor.u64();
  const valueCount = await cursor.u64();
  const header: GgufHeader = {
    ...{ architecture: '', tensors: [], valuesEndBytes: 0 },
    ...{ fileTypeOffsetBytes: null, alignmentBytes: DEFAULT_ALIGNMENT_BYTES },
  };
  for (let index = 0; index < valueCount; index++) await readValue(cursor, header, path);
  header.valuesEndBytes = cursor.offsetBytes;
  for (let index = 0; index < tensorCount; index++) {
    const name = await cursor.text();
    const dimensions = await cursor.u32();
    const shape: number[] = [];
    for (let axis = 0; axis < dimensions; axis++) shape.unshift(await cursor.u64());
    await cursor.take(4 + 8); // type and offset
    header.tensors.push({ name, shape });
  }
  return header;
}

/** One key with its value: kept where we need it. */
async function readValue(cursor: FileCursor, header: GgufHeader, path: string): Promise<void> {
  const key = await cursor.text();
  const type = await cursor.u32();
  if (key === 'general.file_type') header.fileTypeOffsetBytes = cursor.offsetBytes;
  if (key === 'general.architecture' && type === STRING_TYPE) header.architecture = await cursor.text();
  else if (key === 'general.alignment' && type === UINT32_TYPE) header.alignmentBytes = await cursor.u32();
  else await skipValue(cursor, type, path);
}

/** Throws BAD_INPUT, naming the file, where it is missing, cut off or no GGUF. */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await open(path, 'r');
  try {
    return await readHeader(new FileCursor(file, path), path);
  } finally {
    await file.close();
  }
}
