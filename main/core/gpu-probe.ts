// Tries the GPU that the doctor lists: a backend that loads may still have no code for it. Host and command line.
import { errorMessage } from '../../contracts/app-error.ts';
import type { DoctorResult } from '../../contracts/tool-protocol.ts';
import { crashCause } from './crash-cause.ts';
import type { ToolListener } from './tool-process.ts';
import { runToolProcess } from './tool-process.ts';

/** At first use a driver may compile the kernels, which takes it minutes. */
const PROBE_LIMIT_MS = 10 * 60_000;

export interface GpuProbe {
  /** As the doctor names it, e.g. `CUDA0`. */
  device: string;
  /** Null where it failed. */
  durationMs: number | null;
  /** Why it cannot be used, how to mend that, and what the probe's process said; null where it can. */
  reason: string | null;
  remedy: string | null;
  message: string | null;
}

export function isGpu(kind: string): boolean {
  return /gpu/i.test(kind);
}

/** The backend of a device: `CUDA` of `CUDA0`. ggml's Metal calls its devices MTL. */
export function backendOf(device: string): string {
  const name = device.replace(/\d+$/, '');
  return name === 'MTL' ? 'Metal' : name;
}

/** The device that `engine.device: gpu` uses: the first GPU; null where there is none to try. */
export function deviceToProbe({ devices }: DoctorResult): string | null {
  return devices.find(({ kind }) => isGpu(kind))?.name ?? null;
}

/**
 * Has the device compute on the model in a process of its own, which ggml ends where the device cannot.
 * Rejects only where the listener's signal ended it.
 */
export async function probeGpu(
  device: string,
  { modelPath, cacheFolder }: { modelPath: string; cacheFolder: string },
  listener: ToolListener = {},
  limitMs = PROBE_LIMIT_MS,
): Promise<GpuProbe> {
  const limit = AbortSignal.timeout(limitMs);
  const signal = listener.signal === undefined ? limit : AbortSignal.any([limit, listener.signal]);
  try {
    const session = { modelPath, cacheFolder, device: 'gpu' as const };
    const { durationMs } = await runToolProcess('probe', { session }, { ...listener, signal });
    return { device, durationMs, reason: null, remedy: null, message: null };
  } catch (error) {
    if (listener.signal?.aborted === true) throw error;
    return { device, durationMs: null, ...explain(error, limit.aborted ? limitMs : null) };
  }
}

/** @param limitMs the time that was not enough; null where the probe ended by itself */
function explain(error: unknown, limitMs: number | null): Pick<GpuProbe, 'reason' | 'remedy' | 'message'> {
  const message = errorMessage(error);
  if (limitMs !== null) {
    const reason = `A tiny computation on the GPU did not end within ${limitMs / 1000} s.`;
    return { reason, remedy: 'Restart the machine, update the driver, or choose engine.device cpu.', message };
  }
  const known = crashCause(message);
  if (known !== null) return { reason: known.cause, remedy: known.remedy, message };
  const remedy = 'Check that nvidia-smi lists the GPU and that its driver is new, or choose engine.device cpu.';
  return { reason: message, remedy, message };
}
