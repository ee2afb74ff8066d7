// What the doctor advises where libraries of the CUDA backend are missing.
import { expect, test } from 'vitest';
import { cudaRemedy } from './doctor.ts';

test('the driver and the runtime are told apart', () => {
  expect(cudaRemedy(['libcuda.so.1'])).toMatch(/^install NVIDIA's driver/);
  expect(cudaRemedy(['libcuda.so.1'])).not.toContain('runtime');
  expect(cudaRemedy(['libcublas.so.13'])).toMatch(/^install the CUDA 13 runtime/);
  expect(cudaRemedy(['libcublas.so.13', 'libcuda.so.1'])).toMatch(/driver.*; install the CUDA 13 runtime/);
});
