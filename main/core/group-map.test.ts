// The group map without an engine is the engine's own: ui and paper's counts, and each tying against the native adapter.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AdapterConfig, ModuleType } from '../../contracts/run-config.ts';
import { readGgufHeader } from './gguf-header.ts';
import { adapterMap } from './group-map.ts';
import { runToolProcess } from './tool-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODEL = join(ROOT, 'resources', 'models', 'chain.gguf');
const hasAddon = existsSync(join(ROOT, 'native', 'build', 'tinylora.node'));

function model(layers: number) {
  const names = Array.from({ length: layers }, (_, layer) =>
    ModuleType.options.map((type) => `blk.${layer}.${type}.weight`),
  );
  return { tensors: names.flat().map((name) => ({ name, shape: [64, 64] })) };
}

function sizes(layers: number, adapter: object): number[] {
  return adapterMap(model(layers), AdapterConfig.parse({ kind: 'tinylora', ...adapter }), 'model').groupSizes;
}

describe('the group map', () => {
  it('of 210 modules in tiles of 17 is 13 groups, 12 of 17 and 1 of 6', () => {
    expect(sizes(30, { nTie: 17 })).toEqual([...Array.from({ length: 12 }, () => 17), 6]);
  });

  it('of balanced groups differs by at most one; of all tied, it is one', () => {
    const balanced = sizes(30, { nTie: 17, tying: 'balanced' });
    expect([balanced.length, Math.min(...balanced), Math.max(...balanced)]).toEqual([13, 16, 17]);
    expect(sizes(30, { tying: 'all' })).toEqual([210]);
  });

  it.skipIf(!hasAddon)('is the one that the engine uses (needs the addon)', async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'tinylora-map-'));
    const header = await readGgufHeader(MODEL);
    try {
      for (const tying of ['tiled', 'structured', 'balanced', 'all'] as const) {
        const adapter = AdapterConfig.parse({ kind: 'tinylora', nTie: 2, tying, u: 3 });
        const session = { modelPath: MODEL, cacheFolder, threads: 1 };
        const inspected = await runToolProcess('inspect', { session, adapter, map: true });
        const map = adapterMap(header, adapter, MODEL);
        expect(map.parameterCount).toBe(inspected.adapter?.trainableNumbers);
        expect(map.modules.map(({ layer, type, group }) => ({ module: `blk.${layer}.${type}`, group }))).toEqual(
          inspected.adapter?.groups?.map(({ module, group }) => ({ module: module.replace(/\.weight$/, ''), group })),
        );
      }
    } finally {
      await rm(cacheFolder, { recursive: true });
    }
  });
});
