// What becomes of a GPU that is listed, with real tool processes that end as the GPU lets them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backendOf, deviceToProbe, probeGpu } from './gpu-probe.ts';
import { runToolProcess } from './tool-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const cacheFolder = mkdtempSync(join(tmpdir(), 'tinylora-gpu-probe-'));
const folders = { modelPath: join(ROOT, 'resources/models/chain.gguf'), cacheFolder };

beforeEach(() => {
  vi.stubEnv('NODE_OPTIONS', `--import ${pathToFileURL(join(ROOT, 'test/fixtures/gpu-double.ts')).href}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(cacheFolder, { recursive: true }));

describe('a GPU that the doctor lists', () => {
  it('is the one to try', async () => {
    const found = await runToolProcess('doctor', {});
    expect(deviceToProbe(found)).toBe('CUDA0');
    expect(deviceToProbe({ ...found, devices: found.devices.filter(({ kind }) => kind === 'cpu') })).toBeNull();
  });

  it('works where it computes', async () => {
    vi.stubEnv('GPU_DOUBLE', 'computes');
    const { durationMs, ...said } = await probeGpu('CUDA0', folders);
    expect(durationMs).toBeGreaterThan(0);
    expect(said).toEqual({ device: 'CUDA0', reason: null, remedy: null, message: null });
  });

  it('is not usable where ggml ends the process, with cause, remedy and last words', async () => {
    vi.stubEnv('GPU_DOUBLE', 'aborts');
    const probe = await probeGpu('CUDA0', folders);
    expect(probe.durationMs).toBeNull();
    expect(probe.reason).toMatch(/no code for this GPU.*driver 590/);
    expect(probe.remedy).toMatch(/Update the driver/);
    expect(probe.message).toContain('compiled with an unsupported toolchain');
  });

  it('is not usable where the trial does not end', async () => {
    vi.stubEnv('GPU_DOUBLE', 'hangs');
    const probe = await probeGpu('CUDA0', folders, {}, 1500);
    expect(probe).toMatchObject({ durationMs: null, reason: expect.stringContaining('within 1.5 s') as string });
  });

  it('stays unknown where somebody stopped the trial', async () => {
    vi.stubEnv('GPU_DOUBLE', 'hangs');
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 500);
    await expect(probeGpu('CUDA0', folders, { signal: abort.signal })).rejects.toThrow(/stopped/);
  });
});

it("finds a device's backend", () => {
  expect(['CUDA0', 'Vulkan12', 'MTL0', 'Metal', 'CPU'].map(backendOf)).toEqual([
    ...['CUDA', 'Vulkan', 'Metal', 'Metal', 'CPU'],
  ]);
});
