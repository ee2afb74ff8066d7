// What the doctor says of backends whose libraries are missing or that bring no device.
import { expect, test } from 'vitest';
import { cudaRemedy, withFailure } from './doctor.ts';

test('the driver and the runtime are told apart', () => {
  expect(cudaRemedy(['libcuda.so.1'])).toMatch(/^install NVIDIA's driver/);
  expect(cudaRemedy(['libcuda.so.1'])).not.toContain('runtime');
  expect(cudaRemedy(['libcublas.so.13'])).toMatch(/^install the CUDA 13 runtime/);
  expect(cudaRemedy(['libcublas.so.13', 'libcuda.so.1'])).toMatch(/driver.*; install the CUDA 13 runtime/);
});

test('a backend that loads and brings no device does not work', () => {
  const cuda = { name: 'CUDA' as const, file: 'libggml-cuda.so', loads: true, reason: null, remedy: null };
  const reason = 'no CUDA-capable device is detected';
  expect(withFailure(cuda, new Map([['libggml-cuda.so', reason]]))).toMatchObject({ loads: false, reason });
  expect(withFailure(cuda, new Map([['libggml-vulkan.so', reason]]))).toEqual(cuda);
});
