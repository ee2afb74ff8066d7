// What the doctor's list says of devices, for what the native probe found; the GPU's trial by real tool processes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DoctorResult } from '../../../contracts/tool-protocol.ts';
import type { DoctorDependencies } from './doctor.ts';
import { deviceReports, Doctor } from './doctor.ts';

const CPU = { name: 'CPU', description: 'A processor', kind: 'cpu', memoryTotalBytes: 8e9, memoryFreeBytes: 8e9 };
const GPU = { name: 'CUDA0', description: 'A card', kind: 'gpu', memoryTotalBytes: 24e9, memoryFreeBytes: 20e9 };
const CUDA = { name: 'CUDA' as const, file: 'libggml-cuda.so', loads: true, reason: null, remedy: null };

function found(changes: Partial<DoctorResult>): DoctorResult {
  return { versions: null, addonError: null, devices: [CPU, GPU], backends: [CUDA], hasOwnKernels: false, ...changes };
}

describe('the devices of a report', () => {
  it('say of a CUDA card whether our own kernels are there, and nothing of other devices', () => {
    const kernels = (hasOwnKernels: boolean) =>
      deviceReports(found({ hasOwnKernels }), null).map((device) => device.hasOwnKernels);
    expect(kernels(true)).toEqual([null, true]);
    expect(kernels(false)).toEqual([null, false]);
  });

  it('say why a backend brings no device, and how to mend it', () => {
    const reason = 'libcudart.so.13 is missing';
    const broken = { ...CUDA, loads: false, reason, remedy: 'Install it' };
    const [, lost] = deviceReports(found({ devices: [CPU], backends: [broken] }), null);
    expect(lost).toMatchObject({
      name: 'CUDA',
      kind: 'gpu',
      usable: false,
      reason: `${reason}.`,
      remedy: 'Install it',
    });
  });
});

describe('the GPU', () => {
  const ROOT = resolve(import.meta.dirname, '../../..');
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tinylora-host-doctor-'));
    vi.stubEnv('NODE_OPTIONS', `--import ${pathToFileURL(join(ROOT, 'test/fixtures/gpu-double.ts')).href}`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  function doctor(changes: Partial<DoctorDependencies> = {}): { told: (boolean | null)[]; examined: Doctor } {
    const told: (boolean | null)[] = [];
    const integrity = { damage: null, checkedAtMs: null };
    const examined = new Doctor({
      ...{ dataFolder: folder, logsFolder: folder, cacheFolder: folder },
      modelPath: join(ROOT, 'resources/models/chain.gguf'),
      backups: { integrity, list: () => Promise.resolve([]) } as unknown as DoctorDependencies['backups'],
      cpuAllowed: () => false,
      gpuHeldBy: () => null,
      onChecked: (isGpuUsable) => told.push(isGpuUsable),
      ...changes,
    });
    return { told, examined };
  }

  async function gpuOf(examined: Doctor) {
    const { devices, probes } = await examined.report(false);
    return { gpu: devices.find(({ name }) => name === 'CUDA0'), said: probes.map(({ output }) => output).join('\n') };
  }

  it('is tried in the background, and then cannot be used where its process was ended', async () => {
    vi.stubEnv('GPU_DOUBLE', 'aborts');
    const { told, examined } = doctor();
    expect((await gpuOf(examined)).gpu).toMatchObject({ usable: true, isBeingTried: true });
    await examined.verdict();
    const { gpu, said } = await gpuOf(examined);
    expect(gpu).toMatchObject({ usable: false, isBeingTried: false });
    expect(gpu?.reason).toContain('driver 590');
    expect(gpu?.remedy).toContain('Update the driver');
    expect(said).toContain('compiled with an unsupported toolchain');
    expect(told).toEqual([null, false]);
  });

  it('can be used once it has computed', async () => {
    vi.stubEnv('GPU_DOUBLE', 'computes');
    const { told, examined } = doctor();
    await examined.verdict();
    expect((await gpuOf(examined)).gpu).toMatchObject({ usable: true, isBeingTried: false, reason: null });
    expect(told).toEqual([null, true]);
  });

  it('is left alone while a run has it', async () => {
    vi.stubEnv('GPU_DOUBLE', 'aborts');
    const { told, examined } = doctor({ gpuHeldBy: () => 'a run' });
    await examined.verdict();
    expect((await gpuOf(examined)).gpu).toMatchObject({ usable: true, isBeingTried: false });
    expect(told).toEqual([true]);
  });

  it('holds nobody up once the host ends', async () => {
    vi.stubEnv('GPU_DOUBLE', 'hangs');
    const { told, examined } = doctor();
    await examined.report(false);
    examined.stop();
    await examined.verdict();
    expect(told).toEqual([null]);
  });
});
