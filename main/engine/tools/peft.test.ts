import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdapterConfig } from '../../../contracts/run-config.ts';
import { adapterOf, MODEL_HASH, modelInfo, SMALL_LLAMA } from './adapter-fixtures.ts';
import type { ModelSizes } from './adapter-fixtures.ts';
import { peftGroups, rowsToGguf, rowsToTransformers, transformersName, weightTyingFor } from './peft-names.ts';
import { writePeftCheckpoint } from './peft-export.ts';
import { readPeftCheckpoint } from './peft.ts';
import { readSafetensors } from './safetensors.ts';
import { readAdapterFile, updateFactor, writeAdapterFile } from './stored-adapter.ts';
import type { StoredAdapter } from './stored-adapter.ts';

interface GoldenCase extends ModelSizes {
  name: string;
  adapters: { name: string; type: string; trainable: number; groups?: Record<string, number>; xs?: boolean }[];
}
const golden = resolve(import.meta.dirname, '../../../../shared/golden');
const cases: GoldenCase[] = existsSync(golden)
  ? (JSON.parse(readFileSync(join(golden, 'manifest.json'), 'utf8')) as { cases: GoldenCase[] }).cases
  : [];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peft-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** ΔW of every module as one list. */
function updates(adapter: StoredAdapter): number[] {
  const { spec } = adapter.metadata;
  return adapter.modules.flatMap((module) => {
    const b = updateFactor(adapter, module);
    const inputSize = module.a.shape[1] as number;
    return Array.from({ length: (module.b.shape[0] as number) * inputSize }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < spec.rank; ++k) {
        sum +=
          (b[Math.floor(i / inputSize) * spec.rank + k] as number) *
          (module.a.data[k * inputSize + (i % inputSize)] as number);
      }
      return sum;
    });
  });
}

function largestDifference(left: number[], right: number[]): number {
  expect(left.length).toBe(right.length);
  return left.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (right[i] as number))), 0);
}

describe('grouping', () => {
  test("is PEFT's, with Python's rounding", () => {
    // 21 · 0.5 = 10.5 rounds to 10, the even neighbour.
    expect(Math.max(...peftGroups(21, 0.5)) + 1).toBe(10);
    expect(peftGroups(7, 1)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(peftGroups(7, 1 - 3 / 7)).toEqual([0, 0, 1, 1, 2, 2, 2]);
  });

  test('is expressed only where the rule gives the same map', () => {
    for (const tying of [0, 0.3, 0.5, 0.9, 1]) {
      const groups = peftGroups(196, tying);
      expect(peftGroups(196, weightTyingFor(groups) as number)).toEqual(groups);
    }
    // 196 modules tiled by 16: twelve groups of 16 and one of 4; PEFT would make the last one the largest.
    expect(weightTyingFor(Array.from({ length: 196 }, (_, i) => Math.floor(i / 16)))).toBeNull();
    expect(weightTyingFor([0, 1, 0, 1])).toBeNull();
  });
});

test('rows of q and k move between the two orders and back', () => {
  const rows = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  const permuted = rowsToGguf(rows, 'blk.0.attn_q', 8, SMALL_LLAMA);
  // Heads of 4: row s·2 + p goes to 2p + s.
  expect([...permuted]).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
  expect(rowsToTransformers(permuted, 'blk.0.attn_q', 8, SMALL_LLAMA)).toEqual(rows);
  expect(rowsToGguf(rows, 'blk.0.attn_v', 8, SMALL_LLAMA)).toBe(rows);
  expect(rowsToGguf(rows, 'blk.0.attn_q', 8, { ...SMALL_LLAMA, permutedQueryKey: false })).toBe(rows);
});

describe.skipIf(cases.length === 0)('golden checkpoints (skipped without ../shared/golden)', () => {
  const adapters = cases.flatMap((model) => model.adapters.map((adapter) => ({ model, adapter })));
  test.each(adapters)('$model.name/$adapter.name', async ({ model, adapter }) => {
    const reading = readPeftCheckpoint(join(golden, model.name, adapter.name), modelInfo(model), MODEL_HASH);
    if (adapter.type === 'vera') return expect(reading).rejects.toThrow(/peft_type VERA is not supported/);
    const stored = await reading;
    expect(stored.params.length).toBe(adapter.trainable);
    if (adapter.groups) {
      const map = Object.fromEntries(stored.modules.map(({ name, group }) => [transformersName(name), group]));
      expect(map).toEqual(adapter.groups);
    }
    const out = join(folder, `${model.name}-${adapter.name}`);
    await writePeftCheckpoint(out, stored);
    const before = await readSafetensors(join(golden, model.name, adapter.name, 'adapter_model.safetensors'));
    const after = await readSafetensors(join(out, 'adapter_model.safetensors'));
    expect(Object.fromEntries(after.tensors)).toEqual(Object.fromEntries(before.tensors));
  });
});

describe('export', () => {
  const tinylora = AdapterConfig.parse({ kind: 'tinylora', u: 3, nTie: 1 }) as StoredAdapter['metadata']['spec'];
  const loraXs = AdapterConfig.parse({ kind: 'lora-xs' }) as StoredAdapter['metadata']['spec'];
  const lora = AdapterConfig.parse({ kind: 'lora', rank: 3, alpha: 5 }) as StoredAdapter['metadata']['spec'];

  test.each([
    ['tinylora', adapterOf(tinylora, (index) => Math.min(Math.floor(index / 3), 3)), /TinyLoRA checkpoint/],
    ['tinylora of another grouping', adapterOf(tinylora, (index) => index % 2), /LoRA checkpoint with alpha = r/],
    ['lora-xs', adapterOf(loraXs, (index) => index), /TinyLoRA checkpoint/],
    ['lora', adapterOf(lora, (index) => index), /LoRA checkpoint/],
  ])('%s keeps ΔW', async (name, adapter, says) => {
    const out = join(folder, name);
    expect(await writePeftCheckpoint(out, adapter)).toMatch(says);
    const again = await readPeftCheckpoint(out, SMALL_LLAMA, MODEL_HASH);
    expect(largestDifference(updates(again), updates(adapter))).toBeLessThan(3e-6);
  });

  test('our own file returns everything', async () => {
    const path = join(folder, 'own.safetensors');
    const adapter = adapterOf(tinylora, (index) => index % 2);
    await writeAdapterFile(path, adapter);
    expect(await readAdapterFile(path)).toEqual(adapter);
  });
});

describe('refusals', () => {
  test('name file and key or tensor', async () => {
    const source = join(folder, 'refused');
    const lora = AdapterConfig.parse({ kind: 'lora', rank: 2 }) as StoredAdapter['metadata']['spec'];
    await writePeftCheckpoint(
      source,
      adapterOf(lora, (index) => index),
    );
    const other = modelInfo({
      arch: 'llama',
      layers: 2,
      embedding: 16,
      feed_forward: 12,
      heads: 2,
      kv_heads: 1,
      head_dim: 4,
    });
    await expect(readPeftCheckpoint(source, other, MODEL_HASH)).rejects.toThrow(/lora_A\.weight' has shape \[2, 8\]/);
    const fewer = modelInfo({
      arch: 'llama',
      layers: 1,
      embedding: 8,
      feed_forward: 12,
      heads: 2,
      kv_heads: 1,
      head_dim: 4,
    });
    await expect(readPeftCheckpoint(source, fewer, MODEL_HASH)).rejects.toThrow(/belongs to no adapted linear/);

    const changed = join(folder, 'changed');
    await cp(source, changed, { recursive: true });
    const path = join(changed, 'adapter_config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...config, use_dora: true }));
    await expect(readPeftCheckpoint(changed, SMALL_LLAMA, MODEL_HASH)).rejects.toThrow(/key 'use_dora'/);
    await expect(readPeftCheckpoint(join(folder, 'none'), SMALL_LLAMA, MODEL_HASH)).rejects.toThrow(
      /adapter_config\.json/,
    );
  });
});
