// Last words of an engine whose GPU failed, as ggml prints them.
import { describe, expect, it } from 'vitest';
import { explainCrash } from './crash-cause.ts';

function lastWords(error: string): string {
  return `CUDA error: ${error}\n  current device: 0, in function ggml_backend_cuda_synchronize at ggml-cuda.cu:3012\n  cudaStreamSynchronize(cuda_ctx->stream())\nggml-cuda.cu:108: CUDA error\n`;
}

describe('explainCrash', () => {
  it.each([
    ['out of memory', /ran out of memory.*microBatchTokens/],
    ['the remote procedural call between the MPS server and the MPS client failed', /MPS.*Start.*goes on from its/],
    ['MPS server is not ready to accept new MPS client requests', /MPS/],
    ['the hardware resources required to support device connections have been exhausted', /MPS/],
    ['CUDA-capable device(s) is/are busy or unavailable', /Another program.*nvidia-smi -c DEFAULT/],
    ['no CUDA-capable device is detected', /GPU is gone.*Xid 79/],
    ['GPU is lost', /GPU is gone/],
    ['uncorrectable ECC error encountered', /could not be corrected.*replaced/],
    ['uncorrectable NVLink error detected during the execution', /could not be corrected/],
    ['Invalid access of peer GPU memory over nvlink or a hardware error', /could not be corrected/],
    ['an illegal memory access was encountered', /failed while it computed.*Xid.*goes on from its last step/],
    ['an illegal instruction was encountered', /failed while it computed/],
    ['misaligned address', /failed while it computed/],
    ['unspecified launch failure', /failed while it computed/],
    ['the launch timed out and was terminated', /failed while it computed/],
    ['CUDA driver version is insufficient for CUDA runtime version', /too old.*580/],
    ['system has unsupported display driver / cuda driver combination', /too old.*580/],
    ['system not yet initialized', /fabricmanager/],
    ['no kernel image is available for execution on the device', /no code for this GPU.*driver 590/],
    ['the provided PTX was compiled with an unsupported toolchain.', /driver 590.*Update the driver.*--backend.*cpu/],
    ['a PTX JIT compilation failed', /no code for this GPU/],
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
