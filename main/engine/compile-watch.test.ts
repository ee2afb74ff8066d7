// A cache of kernels that really grows, as a driver's does.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COMPILING_PHASE } from '../../contracts/engine-protocol.ts';
import { CompileWatch, kernelCacheFolder } from './compile-watch.ts';
import { withNativeProgress } from './tools/tool-context.ts';

const INTERVAL_MS = 20;

let folder: string;
let cache: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tinylora-compile-watch-'));
  cache = join(folder, 'ComputeCache');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** As the driver files them: two folders deep, and a table of contents. */
function addModule(name: string): void {
  const place = join(cache, name.charAt(0), name.charAt(1));
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, name), 'code');
  writeFileSync(join(cache, 'index'), name);
}

function compiling(done: number) {
  return { phase: COMPILING_PHASE, done, total: 0 };
}

describe('CompileWatch', () => {
  it('counts what is added, from a cache that is not there yet on, and ends when nothing more comes', async () => {
    const watch = new CompileWatch(cache);
    await watch.start(INTERVAL_MS);
    expect(watch.progress()).toBeNull();
    addModule('1a9');
    await vi.waitUntil(() => watch.progress()?.done === 1);
    addModule('2b8');
    addModule('2c7');
    await vi.waitUntil(() => watch.progress()?.done === 3);
    expect(watch.progress()).toEqual(compiling(3));
    expect(watch.progress(performance.now() + 60_000)).toBeNull();
    watch.stop();
  });

  it('does not count what was there before, nor lets it hide new modules when it goes', async () => {
    addModule('1a9');
    addModule('2b8');
    const watch = new CompileWatch(cache);
    await watch.start(INTERVAL_MS);
    await new Promise((resolve) => setTimeout(resolve, 5 * INTERVAL_MS));
    expect(watch.progress()).toBeNull();
    rmSync(join(cache, '1'), { recursive: true });
    addModule('3c7');
    await vi.waitUntil(() => watch.progress() !== null);
    expect(watch.progress()).toEqual(compiling(1));
    watch.stop();
  });

  it('says nothing where the driver keeps no cache', async () => {
    const watch = new CompileWatch(null);
    await watch.start(INTERVAL_MS);
    expect(watch.progress()).toBeNull();
  });
});

it('finds the cache where the driver has it', () => {
  expect(kernelCacheFolder({}, 'linux', '/home/a')).toBe(join('/home/a', '.nv', 'ComputeCache'));
  expect(kernelCacheFolder({ CUDA_CACHE_PATH: '/tmp/cache' }, 'linux', '/home/a')).toBe('/tmp/cache');
  const windows = kernelCacheFolder({ APPDATA: 'C:/a/Roaming' }, 'win32', 'C:/a');
  expect(windows).toBe(join('C:/a/Roaming', 'NVIDIA', 'ComputeCache'));
  expect(kernelCacheFolder({ CUDA_CACHE_DISABLE: '1' }, 'linux', '/home/a')).toBeNull();
  expect(kernelCacheFolder({}, 'darwin', '/home/a')).toBeNull();
});

describe("a tool's progress", () => {
  async function phasesOf(backend: string): Promise<Set<string>> {
    vi.stubEnv('CUDA_CACHE_PATH', cache);
    vi.stubEnv('CUDA_CACHE_DISABLE', '0');
    const phases = new Set<string>();
    const session = {
      info: () => ({ backend }) as ReturnType<Parameters<typeof withNativeProgress>[0]['info']>,
      progress: () => ({ phase: 'sample', done: 0, total: 1 }),
    };
    const context = { progress: (phase: string) => void phases.add(phase), warn: () => undefined };
    await withNativeProgress(session, context, async () => {
      addModule('1a9');
      // Two looks at the cache.
      await new Promise((resolve) => setTimeout(resolve, 2500));
    });
    return phases;
  }

  it('tells of compiling on a CUDA card, in place of the phase that waits for it', async () => {
    expect(await phasesOf('CUDA0')).toEqual(new Set(['sample', COMPILING_PHASE]));
  });

  it('tells its own elsewhere', async () => {
    expect(await phasesOf('CPU')).toEqual(new Set(['sample']));
  });
});
