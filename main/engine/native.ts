// Loads the native addon and finds the backend libraries for a device. The only importer of the addon; engine and tool processes.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type * as Native from '../../native/binding/index.d.ts';
import { backendPackage } from './backend-packages.ts';
import type { Device } from './backend-packages.ts';
import { BadInputError } from './bad-input.ts';

export type NativeAddon = typeof Native;

const REPOSITORY_ROOT = join(import.meta.dirname, '..', '..');
const ADDON_PATH = join(REPOSITORY_ROOT, 'native', 'build', 'tinylora.node');
const BACKEND_SCOPE = '@node-llama-cpp';
/** Made by `npm run build:cuda`; a GPU is slower without it. */
const KERNEL_LIBRARY_PATH = join(REPOSITORY_ROOT, 'native', 'build', 'libtinylora-cuda.so');

let addon: NativeAddon | null = null;

/** The addon, loaded on first use. Throws BAD_INPUT when it has not been built or does not load. */
export function loadNative(): NativeAddon {
  if (addon) return addon;
  if (!existsSync(ADDON_PATH)) {
    throw new BadInputError(`The native addon ${ADDON_PATH} is missing. Run npm run setup to build it.`);
  }
  // Read by ggml when its library is loaded; its backtrace would start a debugger on our own process.
  process.env.GGML_NO_BACKTRACE ??= '1';
  try {
    addon = createRequire(import.meta.url)(ADDON_PATH) as NativeAddon;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadInputError(`The native addon does not load: ${reason}. Run npm run setup to build it again.`, {
      cause: error,
    });
  }
  return addon;
}

/**
 * Folder of ggml's backend libraries for the device: what `TINYLORA_BACKEND_DIR` names; for a GPU what was built here, then what
 * was installed apart; then the npm package. Throws BAD_INPUT when there is none.
 */
export function backendDir(device: Device, root = REPOSITORY_ROOT): string {
  const override = process.env.TINYLORA_BACKEND_DIR;
  if (override) return override;
  // Made by `npm run build:cuda -- --backend`, for this machine's GPU.
  const built = join(root, 'native', 'build', 'cuda-backend');
  if (device === 'gpu' && existsSync(join(built, 'libggml-cuda.so'))) return built;
  const name = backendPackage(device, process.platform, process.arch);
  if (name === null) {
    throw new BadInputError(
      `There are no prebuilt backends for the device ${device} on ${process.platform} ${process.arch}. ` +
        `${device === 'gpu' ? 'Use the device cpu, or set' : 'Set'} TINYLORA_BACKEND_DIR to a folder that has them.`,
    );
  }
  // By `npm run setup:cuda` on Linux; the packages themselves have an empty stand-in for CUDA there.
  const installedApart = join(root, 'native', 'cuda', 'node_modules', BACKEND_SCOPE, name, 'bins', name);
  if (device === 'gpu' && existsSync(installedApart)) return installedApart;
  try {
    // The package exports its dist/index.js alone.
    const entry = createRequire(import.meta.url).resolve(`${BACKEND_SCOPE}/${name}`);
    return join(dirname(entry), '..', 'bins', name);
  } catch (error) {
    throw new BadInputError(
      `The package ${BACKEND_SCOPE}/${name} with the backends for the device ${device} is not installed. ` +
        `Run npm run ${name === 'linux-x64-cuda' ? 'setup:cuda' : 'setup'}, or set TINYLORA_BACKEND_DIR to a folder that has them.`,
      { cause: error },
    );
  }
}

/** The library with our own kernels for the device, or '' where it was not built. */
export function kernelLibrary(device: Device): string {
  return device === 'gpu' && existsSync(KERNEL_LIBRARY_PATH) ? KERNEL_LIBRARY_PATH : '';
}

/**
 * Opens a model with this platform's backends. `threads` 0 = all cores. Exact numerics on a GPU must come first in their
 * process: CUDA's libraries decide once whether float32 products may be rounded to TF32. Where they round, the session is refused.
 *
 * ggml's CUDA graphs are off: on an H200 a matrix product of cuBLAS inside one never ended (docs/gpu-notes.md), and a run that
 * hangs is worse than a slower one. `TINYLORA_CUDA_GRAPHS=1` leaves them on.
 */
export function openSession(
  options: Omit<Native.SessionOptions, 'backendDir' | 'kernelLibrary'>,
): Promise<Native.Session> {
  if (options.device === 'gpu' && options.numerics === 'exact') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  // Read when the first graph is computed; any value switches them off.
  if (options.device === 'gpu' && process.env.TINYLORA_CUDA_GRAPHS !== '1')
    process.env.GGML_CUDA_DISABLE_GRAPHS ??= '1';
  return loadNative().Session.load({
    ...options,
    threads: options.threads === 0 ? availableParallelism() : options.threads,
    backendDir: backendDir(options.device),
    kernelLibrary: kernelLibrary(options.device),
  });
}

/** What a GPU's memory holds now, of all programs that use it; null where the backend does not say. */
export function deviceMemory(backend: string): { usedBytes: number; totalBytes: number } | null {
  const device = loadNative()
    .devices(backendDir('gpu'))
    .find(({ name }) => name === backend);
  if (device === undefined || device.memoryTotalBytes === 0) return null;
  return { usedBytes: device.memoryTotalBytes - device.memoryFreeBytes, totalBytes: device.memoryTotalBytes };
}
