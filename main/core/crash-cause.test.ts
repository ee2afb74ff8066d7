// Last words of an engine whose GPU failed, as ggml prints them.
import { describe, expect, it } from 'vitest';
import { explainCrash } from './crash-cause.ts';

function lastWords(error: string): string {
  return `CUDA error: ${error}\n  current device: 0, in function ggml_backend_cuda_synchronize at ggml-cuda.cu:3012\n  cudaStreamSynchronize(cuda_ctx->stream())\nggml-cuda.cu:108: CUDA error\n`;
}

describe('explainCrash', () => {
  it.each([
    ['out of memory', /ran out of memory.*microBatchTokens/],
    ['an illegal memory access was encountered', /failed while it computed.*goes on from its last step/],
    ['unspecified launch failure', /failed while it computed/],
    ['CUDA driver version is insufficient for CUDA runtime version', /too old.*580/],
    ['no kernel image is available for execution on the device', /no code for this GPU/],
  ])('%s', (error, expected) => {
    expect(explainCrash(lastWords(error))).toMatch(expected);
  });

  it("knows cuBLAS's own words", () => {
    expect(explainCrash(lastWords('the library was not initialized') + 'CUBLAS_STATUS_ALLOC_FAILED')).toMatch(/memory/);
  });

  it('says nothing about what is not the GPU', () => {
    expect(explainCrash('GGML_ASSERT(n > 0) failed: out of memory')).toBeNull();
    expect(explainCrash(lastWords('something new'))).toBeNull();
    expect(explainCrash('')).toBeNull();
  });
});
