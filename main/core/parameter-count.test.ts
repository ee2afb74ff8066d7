// Numbers trained, against the paper's table 2 and a real file.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AdapterConfig, ModuleType } from '../../contracts/run-config.ts';
import { readGgufHeader } from './gguf-header.ts';
import type { GgufHeader } from './gguf-header.ts';
import { parameterCount } from './parameter-count.ts';

const goldenModel = join(import.meta.dirname, '..', '..', '..', 'shared', 'golden', 'llama-tied', 'model.gguf');

/** The linear layers of a model of so many layers. */
function headerOf(layerCount: number): Pick<GgufHeader, 'tensors'> {
  const layers = Array.from({ length: layerCount }, (_, layer) => layer);
  const tensors = layers.flatMap((layer) =>
    ModuleType.options.map((type) => ({ name: `blk.${layer}.${type}.weight`, shape: [64, 32] })),
  );
  return { tensors: [{ name: 'token_embd.weight', shape: [100, 32] }, ...tensors] };
}

function countOf(header: Pick<GgufHeader, 'tensors'>, adapter: unknown): number {
  return parameterCount(header, AdapterConfig.parse(adapter), 'demo.yaml');
}

describe('parameterCount', () => {
  // Paper table 2: [layers, n_tie, u, numbers]
  it.each([
    [28, 16, 1, 13],
    [28, 4, 1, 49],
    [28, 1, 1, 196],
    [28, 1, 2, 392],
    [28, 1, 32, 6272],
    [28, 1, 512, 100352],
    [36, 16, 1, 16],
    [36, 4, 1, 63],
    [36, 1, 512, 129024],
  ])('of %i layers, n_tie %i, u %i is %i', (layers, nTie, u, expected) => {
    expect(countOf(headerOf(layers), { kind: 'tinylora', nTie, u })).toBe(expected);
  });

  it('counts other adapters from sizes', () => {
    const header = headerOf(2);
    expect(countOf(header, { kind: 'none' })).toBe(0);
    expect(countOf(header, { kind: 'tinylora', tying: 'all', u: 13 })).toBe(13);
    expect(countOf(header, { kind: 'tinylora', tying: 'structured', nTie: 2 })).toBe(7);
    expect(countOf(header, { kind: 'tinylora', targets: ['attn_q'] })).toBe(2);
    expect(countOf(header, { kind: 'lora-xs', rank: 3 })).toBe(14 * 9);
    expect(countOf(header, { kind: 'lora', rank: 2 })).toBe(14 * 2 * 96);
    expect(countOf(header, { kind: 'full' })).toBe(3200 + 14 * 64 * 32);
  });

  it('refuses a rank larger than a layer', () => {
    expect(() => countOf(headerOf(1), { kind: 'lora', rank: 33 })).toThrow('demo.yaml: rank 33 is larger than');
  });
});

describe('readGgufHeader', () => {
  it.skipIf(!existsSync(goldenModel))('reads a real file (skipped where ../shared/golden is missing)', async () => {
    const header = await readGgufHeader(goldenModel);
    expect(header.architecture).toBe('llama');
    expect(header.tensors.find(({ name }) => name === 'blk.0.ffn_down.weight')?.shape).toEqual([64, 160]);
    expect(countOf(header, { kind: 'tinylora' })).toBe(21);
  });

  it.skipIf(!existsSync(goldenModel))('names a file that is cut off or no GGUF', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tinylora-gguf-'));
    const path = join(folder, 'cut.gguf');
    await writeFile(path, (await readFile(goldenModel)).subarray(0, 700));
    await expect(readGgufHeader(path)).rejects.toThrow(/cut\.gguf ends in the middle/);
    await writeFile(path, 'not a model at all');
    await expect(readGgufHeader(path)).rejects.toThrow(/cut\.gguf is not a GGUF file/);
    await rm(folder, { recursive: true });
  });
});
