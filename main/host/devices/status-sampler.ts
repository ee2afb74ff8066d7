// Samples GPU, CPU, memory and disk in the background, while someone looks or something runs. Runs in the host.
import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { errorMessage, hasErrorCode } from '../../../contracts/app-error.ts';
import type { HostEvent } from '../../../contracts/host-protocol.ts';
import type { GpuStatus, StudioStatus } from '../../../contracts/studio.ts';

const SAMPLE_INTERVAL_MS = 2000;
/** Where the driver's tool is missing or fails, it is asked again this seldom. */
const GPU_RETRY_MS = 60_000;
const GPU_TIMEOUT_MS = 5000;
/** Checkpoints and records of a step must fit, and the system needs room of its own. */
export const DEFAULT_LOW_DISK_BYTES = 500_000_000;
/** Times as much is well again: more, so that it does not flicker. */
const WELL_FACTOR = 2;
const MEBIBYTE = 1 << 20;

const run = promisify(execFile);

export interface StatusDependencies {
  dataFolder: string;
  emit: (event: HostEvent) => void;
  /** Whether samples are wanted at all. */
  isWatched: () => boolean;
  cpuAllowed: () => boolean;
  /** Below so many free bytes the disk is too full to go on. */
  lowDiskBytes: number;
  /** Called when the disk gets low and when it is well again. */
  onDisk: (isLow: boolean) => void;
}

interface CpuTimes {
  busyMs: number;
  totalMs: number;
}

export class StatusSampler {
  readonly #dependencies: StatusDependencies;
  readonly #timer: NodeJS.Timeout;
  #newest: StudioStatus | null = null;
  #underWay: Promise<StudioStatus> | null = null;
  #cpu: CpuTimes = cpuTimes();
  #gpu: { gpus: GpuStatus[]; gpuReason: string | null } = { gpus: [], gpuReason: null };
  #gpuFailedAtMs = -GPU_RETRY_MS;
  #isLow = false;
  #hasJudged = false;
  /** Set by the doctor: whether the engine's GPU backend computes; null while that is not known. */
  #gpuUsable: boolean | null = null;

  constructor(dependencies: StatusDependencies) {
    this.#dependencies = dependencies;
    this.#timer = setInterval(() => {
      if (dependencies.isWatched()) void this.sample().catch(() => undefined);
    }, SAMPLE_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The newest sample, or a first one. */
  async status(): Promise<StudioStatus> {
    const newest = this.#newest;
    const isFresh = newest !== null && Date.now() - newest.atMs < 2 * SAMPLE_INTERVAL_MS;
    return isFresh ? { ...newest, cpuAllowed: this.#dependencies.cpuAllowed() } : this.sample();
  }

  /** The doctor has looked at the devices; the driver is asked again at once. */
  setGpuUsable(isUsable: boolean | null): void {
    this.#gpuUsable = isUsable;
    this.#gpuFailedAtMs = -GPU_RETRY_MS;
  }

  get gpuUsable(): boolean | null {
    return this.#gpuUsable;
  }

  /** Memories that a training run could use, largest use first. */
  deviceMemory(): { device: string; memoryBytes: number }[] {
    const gpus = this.#gpu.gpus.flatMap(({ index, memoryTotalBytes }) =>
      memoryTotalBytes === null ? [] : [{ device: `GPU ${index}`, memoryBytes: memoryTotalBytes }],
    );
    return [...gpus, { device: 'CPU', memoryBytes: totalmem() }];
  }

  sample(): Promise<StudioStatus> {
    this.#underWay ??= this.#take().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #take(): Promise<StudioStatus> {
    await this.#askGpu();
    const disk = await diskSpace(this.#dependencies.dataFolder);
    this.#judgeDisk(disk.freeBytes);
    const cpuAllowed = this.#dependencies.cpuAllowed();
    const status: StudioStatus = {
      atMs: Date.now(),
      ...this.#gpu,
      cpu: { cores: cpus().length, utilisation: this.#cpuUtilisation() },
      memory: await memoryUse(),
      disk: { ...disk, isLow: this.#isLow },
      cpuAllowed,
      device: this.#gpuUsable === true ? 'gpu' : cpuAllowed ? 'cpu' : 'none',
    };
    this.#newest = status;
    this.#dependencies.emit({ type: 'studioStatus', status });
    return status;
  }

  async #askGpu(): Promise<void> {
    if (performance.now() - this.#gpuFailedAtMs < GPU_RETRY_MS) return;
    try {
      this.#gpu = { gpus: await gpuStatus(), gpuReason: null };
    } catch (error) {
      this.#gpuFailedAtMs = performance.now();
      this.#gpu = { gpus: [], gpuReason: gpuFailure(error) };
    }
  }

  #judgeDisk(freeBytes: number): void {
    const { lowDiskBytes } = this.#dependencies;
    const isLow = freeBytes < (this.#isLow ? WELL_FACTOR * lowDiskBytes : lowDiskBytes);
    // At the first look in any case: the host before may have left the queue waiting for room.
    if (isLow !== this.#isLow || !this.#hasJudged) this.#dependencies.onDisk(isLow);
    this.#hasJudged = true;
    if (isLow === this.#isLow) return;
    this.#isLow = isLow;
    const left = `${(freeBytes / 1e9).toFixed(1)} GB left`;
    const message = isLow
      ? `Paused: ${left} on the disk of ${this.#dependencies.dataFolder}. Free space.`
      : `${left}: there is room again, so the queue goes on.`;
    this.#dependencies.emit({ type: 'lowDisk', isLow, freeBytes, message });
  }

  #cpuUtilisation(): number | null {
    const now = cpuTimes();
    const totalMs = now.totalMs - this.#cpu.totalMs;
    const busyMs = now.busyMs - this.#cpu.busyMs;
    if (totalMs <= 0) return null;
    this.#cpu = now;
    return Math.min(1, Math.max(0, busyMs / totalMs));
  }
}

export async function diskSpace(folder: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

function cpuTimes(): CpuTimes {
  return cpus().reduce<CpuTimes>(
    (sum, { times: { idle, ...busy } }) => {
      const busyMs = Object.values(busy).reduce((total, ms) => total + ms, 0);
      return { busyMs: sum.busyMs + busyMs, totalMs: sum.totalMs + busyMs + idle };
    },
    { busyMs: 0, totalMs: 0 },
  );
}

/** Linux counts what caches could give back as free. */
async function memoryUse(): Promise<{ usedBytes: number; totalBytes: number }> {
  const totalBytes = totalmem();
  const information = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const availableKib = /^MemAvailable:\s+(\d+) kB$/m.exec(information)?.[1];
  const freeBytes = availableKib === undefined ? freemem() : Number(availableKib) * 1024;
  return { usedBytes: Math.max(0, totalBytes - freeBytes), totalBytes };
}

const GPU_FIELDS = ['index', 'name', 'utilization.gpu', 'memory.used', 'memory.total', 'temperature.gpu'];

async function gpuStatus(): Promise<GpuStatus[]> {
  const query = [`--query-gpu=${GPU_FIELDS.join(',')}`, '--format=csv,noheader,nounits'];
  const { stdout } = await run('nvidia-smi', query, { timeout: GPU_TIMEOUT_MS });
  return parseGpuStatus(stdout);
}

/** Lines of `nvidia-smi --format=csv,noheader,nounits`; what a card does not tell reads `[N/A]`. */
export function parseGpuStatus(text: string): GpuStatus[] {
  const number = (field: string | undefined): number | null =>
    field === undefined || !/^[0-9.]+$/.test(field) ? null : Number(field);
  const scaled = (value: number | null, factor: number): number | null => (value === null ? null : value * factor);
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [index, name = '', utilisation, used, total, temperature] = line.split(',').map((field) => field.trim());
      return {
        index: number(index) ?? 0,
        name,
        utilisation: scaled(number(utilisation), 0.01),
        memoryUsedBytes: scaled(number(used), MEBIBYTE),
        memoryTotalBytes: scaled(number(total), MEBIBYTE),
        temperatureCelsius: number(temperature),
      };
    });
}

function gpuFailure(error: unknown): string {
  if (hasErrorCode(error, 'ENOENT')) return 'No NVIDIA driver is installed: nvidia-smi is not there.';
  return `nvidia-smi fails: ${errorMessage(error).trim()}`;
}
