// Converted models: their weights as the native part reads them, what stays, and what is refused.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConvertedType } from '../../../contracts/tool-protocol.ts';
import { ToolRequest } from '../../../contracts/tool-protocol.ts';
import { readGgufHeader } from '../../core/gguf-header.ts';
import { convert } from './convert.ts';
import { withModel } from './tool-context.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const CHAIN = join(ROOT, 'resources/models/chain.gguf');
const GOLDEN_Q8_0 = join(ROOT, '../shared/golden/llama-q8_0/model.gguf');
const scratch = mkdtempSync(join(tmpdir(), 'tinylora-convert-'));
const cacheFolder = join(scratch, 'cache');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const opened = (modelPath: string) =>
  ({ modelPath, cacheFolder, device: 'cpu', threads: 1, numerics: 'native' }) as const;

function converted(modelPath: string, type: ConvertedType, outPath: string) {
  const request = ToolRequest.parse({ tool: 'convert', args: { session: opened(modelPath), type, outPath } });
  if (request.tool !== 'convert') throw new Error('The request is not of convert.');
  return convert(request.args, { progress: () => undefined, warn: () => undefined });
}

interface Weights {
  type: string;
  rank: number;
  values: Float32Array;
}

function weightsOf(modelPath: string): Promise<Map<string, Weights>> {
  return withModel(opened(modelPath), async ({ session, info }) => {
    const read = ({ name, type, shape }: (typeof info.tensors)[number]): [string, Weights] => [
      name,
      { type, rank: shape.length, values: session.tensor(name) },
    ];
    return new Map(info.tensors.map(read));
  });
}

describe('convert', () => {
  it('writes the same file where the type is the same', async () => {
    const outPath = join(scratch, 'same.gguf');
    const { sizeBytes } = await converted(CHAIN, 'f32', outPath);
    const bytes = readFileSync(outPath);
    expect(bytes.equals(readFileSync(CHAIN))).toBe(true);
    expect(sizeBytes).toBe(bytes.length);
  });

  it.each([
    ['f16', 2 ** -11],
    ['bf16', 2 ** -8],
    ['q8_0', null],
  ] as const)('%s: rounds the matrices and keeps the vectors', async (type, relativeError) => {
    const outPath = join(scratch, `${type}.gguf`);
    await converted(CHAIN, type, outPath);
    const [before, after] = [await weightsOf(CHAIN), await weightsOf(outPath)];
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, { type: written, rank, values }] of after) {
      const original = before.get(name)?.values ?? new Float32Array();
      if (rank === 1) {
        expect(written.toLowerCase()).toBe('f32');
        expect(values).toEqual(original);
        continue;
      }
      expect(written.toLowerCase()).toBe(type);
      const largest = original.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const wrong = values.filter((value, i) => {
        const exact = original[i] ?? NaN;
        // Subnormal float16 numbers are multiples of 2^-24; a block's scale, itself rounded, is at most its tensor's.
        const bound =
          relativeError === null ? largest * (1 / 254 + 2 ** -11) : Math.abs(exact) * relativeError + 2 ** -25;
        return !(Math.abs(value - exact) <= bound);
      });
      expect(wrong, name).toEqual(new Float32Array());
      expect(values).not.toEqual(original);
    }
    const header = await readGgufHeader(outPath);
    const fileType = readFileSync(outPath).readUInt32LE(header.fileTypeOffsetBytes ?? 0);
    expect(fileType).toBe({ f16: 1, bf16: 32, q8_0: 7 }[type]);
  });

  it.skipIf(!existsSync(GOLDEN_Q8_0))(
    'gives back a Q8_0 model of another program (needs ../shared/golden)',
    async () => {
      const outPath = join(scratch, 'again.gguf');
      await converted(GOLDEN_Q8_0, 'q8_0', outPath);
      const [before, after] = [await weightsOf(GOLDEN_Q8_0), await weightsOf(outPath)];
      expect(after).toEqual(before);
    },
  );

  it('refuses to overwrite the model and a folder that there is not, and leaves nothing behind', async () => {
    const files = readdirSync(scratch);
    await expect(converted(CHAIN, 'f16', join(CHAIN, '..', 'chain.gguf'))).rejects.toThrow(/is the model itself/);
    await expect(converted(CHAIN, 'f16', join(scratch, 'none', 'out.gguf'))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/none\/out\.gguf cannot be written .*; check the folder/) as string,
    });
    expect(readdirSync(scratch)).toEqual(files);
  });
});
