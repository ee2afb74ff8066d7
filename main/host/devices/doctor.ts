// What this machine can compute on, and why not on the rest; text for a bug report. Runs in the host.
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { cpus, freemem, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorMessage, hasErrorCode } from '../../../contracts/app-error.ts';
import type { DeviceReport, DoctorReport } from '../../../contracts/studio.ts';
import type { DoctorResult } from '../../../contracts/tool-protocol.ts';
import type { GpuProbe } from '../../core/gpu-probe.ts';
import { deviceToProbe, isGpu, probeGpu } from '../../core/gpu-probe.ts';
import { runToolProcess } from '../../core/tool-process.ts';
import type { Backups } from './backups.ts';

const PROBE_TIMEOUT_MS = 10_000;
const LOG_BYTES = 4000;
const run = promisify(execFile);

export interface DoctorDependencies {
  dataFolder: string;
  logsFolder: string;
  cacheFolder: string;
  /** The built-in model, on which the GPU is tried. */
  modelPath: string;
  backups: Backups;
  cpuAllowed: () => boolean;
  /** The run that has the GPU: it shows better than a trial whether the GPU computes, and may leave no memory for one. */
  gpuHeldBy: () => string | null;
  /** Told after each check, and once the GPU was tried; null while it is being tried. */
  onChecked: (isGpuUsable: boolean | null) => void;
}

type Probe = DoctorReport['probes'][number];

/** What is known of the GPU beyond that it is listed; `running` while it is being tried. */
export type GpuTrial = GpuProbe | 'running' | null;

interface Check {
  result: DoctorResult;
  probes: Probe[];
  checkedAtMs: number;
  gpu: GpuTrial;
  /** Resolves once the GPU was tried, or at once where there is none to try. */
  tried: Promise<void>;
}

export class Doctor {
  readonly #dependencies: DoctorDependencies;
  #newest: Promise<Check> | null = null;
  #trial: Promise<GpuProbe> | null = null;
  readonly #end = new AbortController();

  constructor(dependencies: DoctorDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param again probes anew instead of repeating the last report */
  async report(again: boolean): Promise<DoctorReport> {
    if (again || this.#newest === null) this.#newest = this.#probe();
    const probing = this.#newest;
    const { result, probes, checkedAtMs, gpu } = await probing.catch((error: unknown) => {
      if (this.#newest === probing) this.#newest = null;
      throw error;
    });
    const { dataFolder, backups, cpuAllowed } = this.#dependencies;
    return {
      checkedAtMs,
      devices: deviceReports(result, gpu),
      cpuAllowed: cpuAllowed(),
      versions: {
        node: process.version,
        platform: `${process.platform}-${process.arch} ${release()}`,
        addon: result.versions?.addon ?? null,
        llama: result.versions?.llama ?? null,
        ggml: result.versions?.ggml ?? null,
      },
      addonFailure: result.addonError,
      store: { ...backups.integrity, lastBackup: (await backups.list())[0] ?? null },
      dataFolder,
      probes: [...probes, ...gpuProbes(gpu)],
    };
  }

  /** Ends a trial of the GPU that is under way: whoever waits for its verdict waits no longer. */
  stop(): void {
    this.#end.abort();
  }

  /** Resolves once it is known whether the GPU computes: the first time, its driver may take minutes to compile for it. */
  async verdict(): Promise<void> {
    await this.report(false);
    await (
      await this.#newest
    )?.tried;
  }

  /** Nothing that is the user's own: no token, prompt or result. */
  async diagnostics(codeVersion: string): Promise<string> {
    const report = await this.report(false);
    const { devices, versions, store, probes } = report;
    const deviceLines = devices.map(({ name, description, usable, isBeingTried, reason, remedy }) =>
      usable
        ? `- ${name}: ${description}${isBeingTried ? ' (being tried)' : ''}`
        : `- ${name}: not usable: ${reason ?? ''} Remedy: ${remedy ?? ''}`,
    );
    const backup = store.lastBackup === null ? 'none' : new Date(store.lastBackup.createdAtMs).toISOString();
    const sections = [
      `tinylora-studio, code ${codeVersion.slice(0, 12)}, checked ${new Date(report.checkedAtMs).toISOString()}`,
      Object.entries(versions)
        .map(([name, value]) => `${name}: ${value ?? 'unknown'}`)
        .join('\n'),
      `cores: ${cpus().length}\nmemory: ${totalmem()} bytes\ndata folder: ${report.dataFolder}\nCPU agreed to: ${report.cpuAllowed}`,
      `store: ${store.damage ?? 'whole'}\nlast backup: ${backup}`,
      ['Devices', ...deviceLines].join('\n'),
      ...probes.map(({ command, output }) => `$ ${command}\n${output}`),
      `End of the host's log\n${await endOf(join(this.#dependencies.logsFolder, 'host.log'))}`,
    ];
    return withoutSecrets(`${sections.join('\n\n')}\n`);
  }

  async #probe(): Promise<Check> {
    const result = await runToolProcess('doctor', {});
    const native = { command: 'tinylora doctor --json', output: JSON.stringify(result, null, 2) };
    const probes = [native, await probe('nvidia-smi', [])];
    if (process.platform === 'linux') probes.push(await probe('uname', ['-a']));
    const { gpuHeldBy, onChecked } = this.#dependencies;
    const device = deviceToProbe(result);
    const check: Check = { result, probes, checkedAtMs: Date.now(), gpu: null, tried: Promise.resolve() };
    if (device !== null && gpuHeldBy() === null && !this.#end.signal.aborted) {
      check.gpu = 'running';
      check.tried = this.#tryGpu(device, check);
      onChecked(null);
    } else {
      onChecked(device !== null);
    }
    return check;
  }

  /** In the background: the report says meanwhile that the GPU is being tried. Checks that overlap share one trial. */
  async #tryGpu(device: string, check: Check): Promise<void> {
    this.#trial ??= probeGpu(device, this.#dependencies, { signal: this.#end.signal }).finally(() => {
      this.#trial = null;
    });
    try {
      check.gpu = await this.#trial;
      this.#dependencies.onChecked(check.gpu.reason === null);
    } catch (error) {
      if (!this.#end.signal.aborted) throw error;
    }
  }
}

/** Only what tells more than that it worked. */
function gpuProbes(gpu: GpuTrial): Probe[] {
  return gpu === null || gpu === 'running' || gpu.message === null
    ? []
    : [{ command: `tinylora doctor: ${gpu.device} computes`, output: gpu.message }];
}

async function probe(command: string, parameters: string[]): Promise<Probe> {
  const name = [command, ...parameters].join(' ');
  try {
    const { stdout, stderr } = await run(command, parameters, { timeout: PROBE_TIMEOUT_MS });
    return { command: name, output: `${stdout}${stderr}` };
  } catch (error) {
    const output = hasErrorCode(error, 'ENOENT') ? `${command}: not found` : errorMessage(error);
    return { command: name, output };
  }
}

/** Devices that there are, then backends that would bring others, with what they lack. */
export function deviceReports(
  { devices, backends, addonError, hasOwnKernels }: DoctorResult,
  gpu: GpuTrial,
): DeviceReport[] {
  const tried = gpu === 'running' ? null : gpu;
  const present = devices.map(({ name, description, kind, memoryTotalBytes, memoryFreeBytes }): DeviceReport => ({
    name,
    kind: isGpu(kind) ? 'gpu' : 'cpu',
    description,
    // Runs use the first GPU, so what it cannot do, no other does in its place.
    usable: !isGpu(kind) || (tried?.reason ?? null) === null,
    isBeingTried: isGpu(kind) && gpu === 'running',
    memoryTotalBytes,
    // ggml says of a CPU that all of its memory is free.
    memoryFreeBytes: isGpu(kind) ? memoryFreeBytes : freemem(),
    hasOwnKernels: name.startsWith('CUDA') ? hasOwnKernels : null,
    reason: isGpu(kind) ? (tried?.reason ?? null) : null,
    remedy: isGpu(kind) ? (tried?.remedy ?? null) : null,
  }));
  const unusable = backends
    .filter(({ name }) => name !== 'CPU' && !present.some((device) => device.name.startsWith(name)))
    .map(({ name, loads, reason, remedy }) => {
      const missing = loads ? `The ${name} backend loads, but finds no device.` : `${reason ?? 'It does not load'}.`;
      const mend = loads ? 'Check that a GPU is built in and that its driver is installed.' : remedy;
      return unusableDevice(name, 'gpu', missing, mend);
    });
  const cpu = present.some(({ kind }) => kind === 'cpu')
    ? []
    : [
        unusableDevice(
          'CPU',
          'cpu',
          addonError ?? 'The CPU backend does not load.',
          'Run npm run setup to build the native part.',
        ),
      ];
  return [...present, ...cpu, ...unusable];
}

function unusableDevice(name: string, kind: 'cpu' | 'gpu', reason: string, remedy: string | null): DeviceReport {
  const unknown = { memoryTotalBytes: null, memoryFreeBytes: null, hasOwnKernels: null };
  return { name, kind, description: '', usable: false, isBeingTried: false, ...unknown, reason, remedy };
}

async function endOf(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(LOG_BYTES),
        0,
        LOG_BYTES,
        Math.max(0, size - LOG_BYTES),
      );
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    return errorMessage(error);
  }
}

/** The host's token is 48 hex digits; whatever looks like it goes. */
function withoutSecrets(text: string): string {
  return text.replace(/\b[0-9a-f]{48}\b/g, '[removed]');
}
