// Which package of node-llama-cpp holds ggml's backends for a device of a system. Engine and tool processes.
import type { RunConfig } from '../../contracts/run-config.ts';

export type Device = RunConfig['engine']['device'];

/** By `process.platform` and `process.arch`; null where there is no prebuilt GPU backend that we use. */
const PACKAGES: Record<string, Record<Device, string | null>> = {
  'linux-x64': { cpu: 'linux-x64', gpu: 'linux-x64-cuda' },
  'linux-arm64': { cpu: 'linux-arm64', gpu: null },
  // One package with the CPU and Metal.
  'darwin-arm64': { cpu: 'mac-arm64-metal', gpu: 'mac-arm64-metal' },
  'darwin-x64': { cpu: 'mac-x64', gpu: null },
  'win32-x64': { cpu: 'win-x64', gpu: 'win-x64-cuda' },
  'win32-arm64': { cpu: 'win-arm64', gpu: null },
};

/** Name of the package, without its scope; null where there is none for this device. */
export function backendPackage(device: Device, platform: string, arch: string): string | null {
  return PACKAGES[`${platform}-${arch}`]?.[device] ?? null;
}
