// What a dying engine's last words say about the GPU, with the remedy. Host and CLI.

/** Each a sentence or two for the user. */
export interface CrashCause {
  cause: string;
  remedy: string;
}

/** The words are CUDA's own (cudaGetErrorString, cuBLAS), as ggml prints them before it aborts. The first that fits counts. */
const CAUSES: readonly (CrashCause & { pattern: RegExp })[] = [
  {
    pattern: /\bMPS\b|required to support device connections/,
    cause: 'The GPU is shared through NVIDIA MPS, whose server ended or sent this program away.',
    remedy:
      'Start nvidia-cuda-mps-control again, or end it (echo quit | nvidia-cuda-mps-control) to use the GPU without it, and retry: the run goes on from its last step.',
  },
  {
    pattern: /out of memory|CUBLAS_STATUS_ALLOC_FAILED|memory allocation failed/i,
    cause: 'The GPU ran out of memory.',
    remedy:
      'Close other programs that use it, or lower engine.maxSequences or engine.microBatchTokens, and retry: the run goes on from its last step.',
  },
  {
    pattern: /system not yet initialized/i,
    cause: 'The GPU waits for a service of its driver.',
    remedy: 'Start nvidia-fabricmanager (systemctl start nvidia-fabricmanager), and retry.',
  },
  {
    pattern: /driver version is insufficient|forward compatibility was attempted|unsupported display driver/i,
    cause: "The GPU's driver is too old for the CUDA backend.",
    remedy: 'Install a driver for CUDA 13 (580 or later), restart the machine, and retry.',
  },
  {
    pattern: /no kernel image is available|unsupported toolchain|device kernel image is invalid|PTX JIT/i,
    cause:
      'The CUDA backend has no code for this GPU that its driver can use: the prebuilt backend needs driver 590 or later on GPUs other than RTX 30, 40 and 50.',
    remedy:
      "Update the driver, or build the backend for this GPU with npm run build:cuda -- --backend (CUDA's toolkit is needed), or choose engine.device cpu.",
  },
  {
    pattern: /busy or unavailable/i,
    cause: 'Another program has the GPU for itself.',
    remedy:
      'End it, or let programs share the GPU (nvidia-smi -c DEFAULT), and retry: the run goes on from its last step.',
  },
  {
    pattern: /no CUDA-capable device|invalid device ordinal|fallen off the bus|(?:GPU|device)(?: is)? lost/i,
    cause: 'The GPU is gone.',
    remedy:
      "If nvidia-smi does not list it either, restart the machine, look for Xid 79 in the system's log and check the card's power and seat; then retry: the run goes on from its last step.",
  },
  {
    pattern: /uncorrectable|hardware error/i,
    cause: "The GPU's memory or links have an error that could not be corrected.",
    remedy:
      'Restart the machine, and retry: the run goes on from its last step. If it happens again, the card has to be replaced; nvidia-smi -q -d ECC counts such errors.',
  },
  {
    pattern:
      /launch failure|illegal (?:memory access|address|instruction)|misaligned address|invalid program counter|launch timed out|hardware stack error|unknown error|device not ready/i,
    cause: 'The GPU failed while it computed.',
    remedy:
      "Look for NVRM or Xid in the system's log, restart the machine if it happens again, and retry: the run goes on from its last step.",
  },
];

/** What the words say about a GPU, and how to mend it; null where they say nothing about one. */
export function crashCause(lastWords: string): CrashCause | null {
  if (!/CUDA|CUBLAS|cuda/.test(lastWords)) return null;
  return CAUSES.find(({ pattern }) => pattern.test(lastWords)) ?? null;
}

/** Cause and remedy as one text; null where the words say nothing about a GPU. */
export function explainCrash(lastWords: string): string | null {
  const found = crashCause(lastWords);
  return found === null ? null : `${found.cause} ${found.remedy}`;
}
