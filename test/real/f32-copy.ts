// The real model once more with F32 weights of the same values, whose kernels round nothing to 8 bits. Test code.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { aligned, padding, text, uint32, uint64 } from '../../main/core/gguf-fields.ts';
import type { Session } from '../../native/binding/index.d.ts';

const COUNTS_END_BYTES = 24;
/** Metadata of any vocabulary ends before. */
const HEADER_LIMIT_BYTES = 16 << 20;
const GGML_TYPE_F32 = 0;

/** Writes a GGUF with the metadata of `modelPath` and its tensors dequantised by the session that has it open. */
export function writeF32Copy(session: Session, modelPath: string, outPath: string): void {
  const { tensors } = session.info();
  const infos: Buffer[] = [];
  let offset = 0;
  for (const { name, shape } of tensors) {
    infos.push(text(name), uint32(shape.length), ...shape.toReversed().map(uint64));
    infos.push(uint32(GGML_TYPE_F32), uint64(offset));
    offset += aligned(4 * shape.reduce((product, size) => product * size, 1));
  }
  const head = Buffer.concat([readMetadata(modelPath, tensors), ...infos]);
  const file = openSync(outPath, 'w');
  try {
    writePadded(file, head);
    for (const { name } of tensors) {
      const data = session.tensor(name);
      writePadded(file, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    }
  } finally {
    closeSync(file);
  }
}

/** The file's bytes before its first tensor is described. */
function readMetadata(path: string, tensors: readonly { name: string }[]): Buffer {
  const head = Buffer.alloc(HEADER_LIMIT_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const starts = tensors.map(({ name }) => head.indexOf(text(name), COUNTS_END_BYTES));
  if (starts.length === 0 || starts.includes(-1)) throw new Error(`${path} has a head of unexpected size or form.`);
  return head.subarray(0, Math.min(...starts));
}

function writePadded(file: number, bytes: Buffer): void {
  writeSync(file, bytes);
  writeSync(file, padding(bytes.length));
}
