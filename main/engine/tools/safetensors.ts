// Reader and writer of safetensors files (https://github.com/huggingface/safetensors#format). Engine and tool processes.
import { open, readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { BadInputError } from '../bad-input.ts';

export interface Tensor {
  /** Row-major. */
  shape: number[];
  data: Float32Array;
}
export interface SafetensorsFile {
  metadata: Record<string, string>;
  tensors: Map<string, Tensor>;
}

const HEADER_LENGTH_BYTES = 8;
const ALIGNMENT_BYTES = 8;

const TensorEntry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const Header = z.record(z.string(), z.unknown());
const Metadata = z.record(z.string(), z.string());

const WIDTH_BYTES: Record<string, number> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/** IEEE half precision, given as its 16 bits, as a number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function decodeTensor(bytes: Buffer, dtype: string, width: number): Float32Array {
  const data = new Float32Array(bytes.length / width);
  const word = new Uint32Array(1);
  const wordAsFloat = new Float32Array(word.buffer);
  for (let i = 0; i < data.length; ++i) {
    if (dtype === 'F32') data[i] = bytes.readFloatLE(i * 4);
    else if (dtype === 'F64') data[i] = bytes.readDoubleLE(i * 8);
    else if (dtype === 'F16') data[i] = halfToNumber(bytes.readUInt16LE(i * 2));
    else {
      word[0] = bytes.readUInt16LE(i * 2) << 16;
      data[i] = wordAsFloat[0] as number;
    }
  }
  return data;
}

function parseHeader(bytes: Buffer, path: string): { header: Record<string, unknown>; dataStart: number } {
  const length = bytes.length >= HEADER_LENGTH_BYTES ? Number(bytes.readBigUInt64LE(0)) : Infinity;
  const dataStart = HEADER_LENGTH_BYTES + length;
  if (dataStart > bytes.length) {
    throw new BadInputError(`${path} is not a whole safetensors file: its header is cut off; copy or save it again.`);
  }
  try {
    return { header: Header.parse(JSON.parse(bytes.toString('utf8', HEADER_LENGTH_BYTES, dataStart))), dataStart };
  } catch {
    throw new BadInputError(
      `${path} is not a safetensors file: its header is not JSON; give a file written as safetensors.`,
    );
  }
}

function readTensor(bytes: Buffer, name: string, raw: unknown, path: string): Tensor {
  const entry = TensorEntry.safeParse(raw);
  if (!entry.success)
    throw new BadInputError(`${path}: tensor '${name}' has a broken header entry; save the file again.`);
  const { dtype, shape, data_offsets } = entry.data;
  const [begin, end] = data_offsets;
  const width = WIDTH_BYTES[dtype];
  if (width === undefined) {
    throw new BadInputError(`${path}: tensor '${name}' has type ${dtype}; save it as F32, F16, BF16 or F64.`);
  }
  if (end > bytes.length || end - begin !== shape.reduce((product, size) => product * size, 1) * width) {
    throw new BadInputError(`${path}: tensor '${name}' is cut off or of the wrong size; copy or save the file again.`);
  }
  const data = decodeTensor(bytes.subarray(begin, end), dtype, width);
  if (!data.every(Number.isFinite)) {
    throw new BadInputError(
      `${path}: tensor '${name}' holds NaN or infinite numbers; save the adapter again from a sound run.`,
    );
  }
  return { shape, data };
}

/** Every tensor as float32. Throws BadInputError for a file that is missing, cut off, of another type, or not finite. */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new BadInputError(`${path} cannot be read (${error.code ?? error.message}); check the path.`);
  });
  const { header, dataStart } = parseHeader(bytes, path);
  const data = bytes.subarray(dataStart);
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, readTensor(data, name, entry, path));
  }
  return { metadata: Metadata.catch({}).parse(header['__metadata__'] ?? {}), tensors };
}

/** The file's bytes: F32 tensors in the map's order, metadata sorted by key. */
export function encodeSafetensors({ metadata, tensors }: SafetensorsFile): Buffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.length * 4] };
    offset += data.length * 4;
  }
  let json = Buffer.from(JSON.stringify(header));
  const padding = (ALIGNMENT_BYTES - (json.length % ALIGNMENT_BYTES)) % ALIGNMENT_BYTES;
  json = Buffer.concat([json, Buffer.alloc(padding, ' ')]);
  const length = Buffer.alloc(HEADER_LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...[...tensors.values()].map(({ data }) => floatBytes(data))]);
}

/** The numbers' own memory as bytes; every platform that Node and ggml share is little-endian. */
export function floatBytes(data: Float32Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Writes beside the target and renames, so that no half-written file is ever seen under its name. */
export async function writeWhole(path: string, bytes: Buffer | string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOSPC' ? 'the disk is full; free some space' : `${code ?? message}; check the folder`;
    throw new BadInputError(`${path} cannot be written: ${reason} and try again.`);
  }
}
