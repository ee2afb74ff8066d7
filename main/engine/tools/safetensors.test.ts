import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeSafetensors, readSafetensors, writeWhole } from './safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const tensors = new Map([
  ['a', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 1e-20, 0, 6) }],
  ['empty', { shape: [0], data: new Float32Array(0) }],
]);

/** A file with one tensor of the given type and bytes. */
function fileOf(dtype: string, shape: number[], bytes: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify({ t: { dtype, shape, data_offsets: [0, bytes.length] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, bytes]);
}

test('reads back what it wrote', async () => {
  const path = join(folder, 'round.safetensors');
  await writeWhole(path, encodeSafetensors({ metadata: { key: 'value' }, tensors }));
  const file = await readSafetensors(path);
  expect(file.metadata).toEqual({ key: 'value' });
  expect([...file.tensors]).toEqual([...tensors]);
});

test('widens half, brain and double precision', async () => {
  const path = join(folder, 'types.safetensors');
  await writeFile(path, fileOf('F16', [4], Buffer.from(Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7bff).buffer)));
  expect((await readSafetensors(path)).tensors.get('t')?.data).toEqual(Float32Array.of(1, -2.5, 2 ** -24, 65504));
  await writeFile(path, fileOf('BF16', [2], Buffer.from(Uint16Array.of(0x3f80, 0xc0a0).buffer)));
  expect((await readSafetensors(path)).tensors.get('t')?.data).toEqual(Float32Array.of(1, -5));
  await writeFile(path, fileOf('F64', [1], Buffer.from(Float64Array.of(0.1).buffer)));
  expect((await readSafetensors(path)).tensors.get('t')?.data).toEqual(Float32Array.of(0.1));
});

test('refuses broken files, naming file and tensor', async () => {
  const path = join(folder, 'broken.safetensors');
  const whole = encodeSafetensors({ metadata: {}, tensors });
  await writeFile(path, whole.subarray(0, 5));
  await expect(readSafetensors(path)).rejects.toThrow(/broken\.safetensors is not a whole safetensors file/);
  await writeFile(path, whole.subarray(0, whole.length - 4));
  await expect(readSafetensors(path)).rejects.toThrow(/tensor 'a' is cut off/);
  await writeFile(path, fileOf('I64', [1], Buffer.alloc(8)));
  await expect(readSafetensors(path)).rejects.toThrow(/tensor 't' has type I64/);
  await writeFile(path, fileOf('F32', [1], Buffer.from(Float32Array.of(NaN).buffer)));
  await expect(readSafetensors(path)).rejects.toThrow(/NaN/);
  await expect(readSafetensors(join(folder, 'none'))).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

test('leaves nothing behind where it cannot write', async () => {
  await expect(writeWhole(join(folder, 'no', 'such'), 'x')).rejects.toMatchObject({ code: 'BAD_INPUT' });
  await writeWhole(join(folder, 'text'), 'x');
  expect(await readFile(join(folder, 'text'), 'utf8')).toBe('x');
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
});
