// What the doctor's list says of devices, for what the native probe found.
import { describe, expect, it } from 'vitest';
import type { DoctorResult } from '../../../contracts/tool-protocol.ts';
import { deviceReports } from './doctor.ts';

const CPU = { name: 'CPU', description: 'A processor', kind: 'cpu', memoryTotalBytes: 8e9, memoryFreeBytes: 8e9 };
const GPU = { name: 'CUDA0', description: 'A card', kind: 'gpu', memoryTotalBytes: 24e9, memoryFreeBytes: 20e9 };
const CUDA = { name: 'CUDA' as const, file: 'libggml-cuda.so', loads: true, reason: null, remedy: null };

function found(changes: Partial<DoctorResult>): DoctorResult {
  return { versions: null, addonError: null, devices: [CPU, GPU], backends: [CUDA], hasOwnKernels: false, ...changes };
}

describe('the devices of a report', () => {
  it('say of a CUDA card whether our own kernels are there, and nothing of other devices', () => {
    const kernels = (hasOwnKernels: boolean) =>
      deviceReports(found({ hasOwnKernels })).map((device) => device.hasOwnKernels);
    expect(kernels(true)).toEqual([null, true]);
    expect(kernels(false)).toEqual([null, false]);
  });

  it('say why a backend brings no device, and how to mend it', () => {
    const reason = 'libcudart.so.13 is missing';
    const broken = { ...CUDA, loads: false, reason, remedy: 'Install it' };
    const [, lost] = deviceReports(found({ devices: [CPU], backends: [broken] }));
    expect(lost).toMatchObject({
      name: 'CUDA',
      kind: 'gpu',
      usable: false,
      reason: `${reason}.`,
      remedy: 'Install it',
    });
  });
});
