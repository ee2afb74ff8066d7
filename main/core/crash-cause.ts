// What a dying engine's last words say about the GPU, with the remedy. Host and CLI.

interface Cause {
  pattern: RegExp;
  explanation: string;
}

/** The words are CUDA's own (cudaGetErrorString, cuBLAS), as ggml prints them before it aborts. */
const CAUSES: readonly Cause[] = [
  {
    pattern: /out of memory|CUBLAS_STATUS_ALLOC_FAILED|memory allocation failed/i,
    explanation:
      'The GPU ran out of memory. Close other programs that use it, or lower engine.maxSequences or engine.microBatchTokens, and retry: the run goes on from its last step.',
  },
  {
    pattern: /driver version is insufficient|system not yet initialized|forward compatibility was attempted/i,
    explanation:
      "The GPU's driver is too old for the CUDA backend. Install a driver for CUDA 13 (580 or later), and retry.",
  },
  {
    pattern: /no kernel image is available|unsupported toolchain|device kernel image is invalid/i,
    explanation:
      'The CUDA backend has no code for this GPU. Update the driver, which compiles it at first use, or choose engine.device cpu.',
  },
  {
    pattern:
      /unspecified launch failure|illegal memory access|misaligned address|uncorrectable|device (?:is )?lost|launch timed out|hardware stack error|unknown error|device not ready/i,
    explanation:
      "The GPU failed while it computed. Look for NVRM or Xid in the system's log, restart the machine if it happens again, and retry: the run goes on from its last step.",
  },
];

/** @returns one or two sentences for the user; null where the words say nothing about a GPU */
export function explainCrash(lastWords: string): string | null {
  if (!/CUDA|CUBLAS|cuda/.test(lastWords)) return null;
  return CAUSES.find(({ pattern }) => pattern.test(lastWords))?.explanation ?? null;
}
