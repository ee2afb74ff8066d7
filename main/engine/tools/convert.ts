// `convert`: the same model with weights of another type, as a GGUF of its own. Tool process.
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ConvertedType, ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
import type { Session } from '../../../native/binding/index.d.ts';
import { readGgufHeader } from '../../core/gguf-header.ts';
import type { GgufHeader, GgufTensor } from '../../core/gguf-header.ts';
import { BadInputError } from '../bad-input.ts';
import { withModel } from './tool-context.ts';
import type { ToolContext } from './tool-context.ts';
import { Q8_0_BLOCK, WEIGHT_TYPES } from './weight-types.ts';

/**
 * Dequantises every tensor and rounds it to the type; vectors stay float32, as llama.cpp keeps them. All else of the
 * file is copied. F32 holds the very values of the model. The file appears under its name only when it is whole.
 * Throws BAD_INPUT where the output is the model itself or cannot be written.
 */
export async function convert(
  { session: options, type, outPath }: ToolArgs<'convert'>,
  context: ToolContext,
): Promise<ToolResults['convert']> {
  await refuseSameFile(options.modelPath, outPath);
  return withModel(options, async ({ session, path }) => {
    const temporary = `${outPath}.${process.pid}.part`;
    try {
      const sizeBytes = await writeModel(session, path, temporary, type, context);
      await rename(temporary, outPath);
      return { outPath, sizeBytes };
    } catch (error) {
      await rm(temporary, { force: true });
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined || error instanceof BadInputError) throw error;
      const remedy = code === 'ENOSPC' ? 'free some space' : 'check the folder';
      throw new BadInputError(`${outPath} cannot be written (${message}); ${remedy} and try again.`);
    }
  });
}

async function refuseSameFile(modelPath: string, outPath: string): Promise<void> {
  const resolved = async (path: string) => realpath(path).catch(() => null);
  const model = await resolved(modelPath);
  if (model !== null && model === (await resolved(outPath))) {
    throw new BadInputError(`--out ${outPath} is the model itself; give another name.`);
  }
}

/** @returns the file's size */
async function writeModel(
  session: Session,
  modelPath: string,
  outPath: string,
  type: ConvertedType,
  context: ToolContext,
): Promise<number> {
  const header = await readGgufHeader(modelPath);
  const file = await open(outPath, 'w');
  try {
    await writePadded(file, await encodeHead(modelPath, header, type), header.alignmentBytes);
    for (const [index, tensor] of header.tensors.entries()) {
      context.progress('converting', index, header.tensors.length);
      const bytes = WEIGHT_TYPES[tensorType(tensor, type)].encode(session.tensor(tensor.name));
      await writePadded(file, bytes, header.alignmentBytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return (await stat(outPath)).size;
}

/** llama.cpp's choice, too: vectors are few and delicate; Q8_0 needs whole blocks in a row. */
function tensorType({ shape }: GgufTensor, type: ConvertedType): ConvertedType {
  if (shape.length === 1) return 'f32';
  return type === 'q8_0' && (shape.at(-1) ?? 0) % Q8_0_BLOCK !== 0 ? 'f16' : type;
}

/** The model's values as they are, but for the one that names its weight type; then the tensors as they will be. */
async function encodeHead(modelPath: string, header: GgufHeader, type: ConvertedType): Promise<Buffer> {
  const values = await readStart(modelPath, header.valuesEndBytes);
  if (header.fileTypeOffsetBytes !== null) {
    values.writeUInt32LE(WEIGHT_TYPES[type].fileType, header.fileTypeOffsetBytes);
  }
  const parts = [values];
  let offset = 0;
  for (const tensor of header.tensors) {
    const { name, shape } = tensor;
    const chosen = tensorType(tensor, type);
    parts.push(uint64(Buffer.byteLength(name)), Buffer.from(name), uint32(shape.length));
    // ggml lists the fastest dimension first.
    parts.push(...shape.toReversed().map(uint64), uint32(WEIGHT_TYPES[chosen].tensorType), uint64(offset));
    const size = shape.reduce((product, length) => product * length, 1) * WEIGHT_TYPES[chosen].bytesPerValue;
    offset += Math.ceil(size / header.alignmentBytes) * header.alignmentBytes;
  }
  return Buffer.concat(parts);
}

async function readStart(path: string, sizeBytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
    return buffer;
  } finally {
    await file.close();
  }
}

async function writePadded(file: FileHandle, bytes: Buffer, alignmentBytes: number): Promise<void> {
  await file.writeFile(bytes);
  const padding = (alignmentBytes - (bytes.length % alignmentBytes)) % alignmentBytes;
  if (padding > 0) await file.writeFile(Buffer.alloc(padding));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
