// What the host offers beside queue and runs: library, devices, backups, playground; put together and taken apart. Runs in
// the host.
import { join } from 'node:path';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import type { DataFolderPaths } from '../core/data-folder.ts';
import type { FileHasher } from '../core/file-hash.ts';
import type { NamedFolders } from '../core/named-paths.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { SweepService } from '../core/sweep-service.ts';
import type { SqliteStore } from '../store/store.ts';
import { Backups } from './devices/backups.ts';
import { Doctor } from './devices/doctor.ts';
import { StatusSampler } from './devices/status-sampler.ts';
import { WakeWatch } from './devices/wake-watch.ts';
import { DataLibrary } from './library/data-sets.ts';
import { DiskService } from './library/disk.ts';
import { DEFAULT_DOWNLOAD_OPTIONS, Downloads } from './library/downloads.ts';
import { ModelLibrary } from './library/models.ts';
import { PlaygroundService } from './playground/playground-service.ts';
import { Uploads } from './uploads.ts';

const CPU_ALLOWED = 'cpuAllowed';
/** The first windows and runs come before looking at devices and backing up. */
const SETTLING_MS = 3000;

export interface StudioServicesDependencies {
  store: SqliteStore;
  scheduler: Scheduler;
  service: SweepService;
  hasher: FileHasher;
  folders: NamedFolders;
  paths: DataFolderPaths;
  emit: (event: HostEvent) => void;
  isWatched: () => boolean;
  lowDiskBytes: number;
}

export class StudioServices {
  readonly models: ModelLibrary;
  readonly downloads: Downloads;
  readonly dataSets: DataLibrary;
  readonly disk: DiskService;
  readonly backups: Backups;
  readonly sampler: StatusSampler;
  readonly doctor: Doctor;
  readonly playground: PlaygroundService;
  readonly uploads: Uploads;
  readonly paths: DataFolderPaths;
  readonly #store: SqliteStore;
  readonly #wakeWatch = new WakeWatch(() => this.#checkDevices(true));
  #settling: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(dependencies: StudioServicesDependencies) {
    const { store, scheduler, service, hasher, folders, paths, emit, isWatched, lowDiskBytes } = dependencies;
    this.paths = paths;
    this.#store = store;
    const cpuAllowed = (): boolean => this.cpuAllowed;
    this.sampler = new StatusSampler({
      dataFolder: paths.home,
      emit,
      isWatched: () => isWatched() || scheduler.isBusy,
      cpuAllowed,
      lowDiskBytes,
      onDisk: (isLow) => (isLow ? scheduler.holdForDisk() : scheduler.endDiskHold()),
    });
    this.backups = new Backups(store, paths.backups);
    const gpuHeldBy = (): string | null =>
      store.runs.withState('running').find(({ config }) => config.engine.device === 'gpu')?.id ?? null;
    this.doctor = new Doctor({
      dataFolder: paths.home,
      cacheFolder: paths.cache,
      modelPath: join(folders.resources, 'models', 'chain.gguf'),
      logsFolder: paths.logs,
      backups: this.backups,
      cpuAllowed,
      gpuHeldBy,
      onChecked: (isGpuUsable) => {
        this.sampler.setGpuUsable(isGpuUsable);
        emit({ type: 'devicesChecked' });
      },
    });
    this.models = new ModelLibrary({ store, hasher, folders, emit, deviceMemory: () => this.sampler.deviceMemory() });
    const { models } = this;
    const options = DEFAULT_DOWNLOAD_OPTIONS;
    this.downloads = new Downloads({ store, models, modelsFolder: paths.models, emit, options });
    this.dataSets = new DataLibrary({
      store,
      models,
      tasksFolder: paths.tasks,
      resources: folders.resources,
      cacheFolder: paths.cache,
      emit,
    });
    this.disk = new DiskService({ store, paths, backups: this.backups, emit });
    this.uploads = new Uploads({ models, dataSets: this.dataSets, modelsFolder: paths.models, dataFolder: paths.data });
    this.playground = new PlaygroundService({
      cacheFolder: paths.cache,
      emit,
      gpuHeldBy,
      modelPath: async (name) => (await models.find(name)).path,
      adapter: (adapter) => {
        if (adapter.kind === 'none') return 'none';
        if (adapter.kind === 'text') return adapter.text;
        const { id, modelHash, config } = service.findRun(adapter.id);
        return { runId: id, runFolder: join(paths.runs, id), modelHash, config };
      },
    });
  }

  /** Goes on with downloads, looks at the devices, checks and backs up the store; nothing of it holds the host up. */
  start(): void {
    this.downloads.recover();
    void this.sampler.sample().catch(() => undefined);
    this.#wakeWatch.start();
    this.#settling = setTimeout(() => this.#lookAround(), SETTLING_MS);
  }

  #lookAround(): void {
    this.backups.start().catch(this.#logged('Backup of the store'));
    this.#checkDevices(false);
  }

  #checkDevices(again: boolean): void {
    this.doctor.report(again).catch(this.#logged('Check of the devices'));
  }

  /** What the end of the host cuts off is no failure. */
  #logged(what: string): (error: unknown) => void {
    return (error) => {
      if (!this.#isStopped) process.stderr.write(`${what}: ${String(error)}\n`);
    };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#wakeWatch.stop();
    this.sampler.stop();
    await Promise.all([this.downloads.stop(), this.playground.close(), this.backups.stop()]);
  }

  /** Work that must not be cut off only because nobody is connected. */
  get isBusy(): boolean {
    return this.downloads.isBusy;
  }

  get cpuAllowed(): boolean {
    return this.#store.hostSettings.get(CPU_ALLOWED) === true;
  }

  /** The CPU for a run that wants a GPU which cannot be used, where the user has agreed; else its own device. */
  async otherDevice({ engine }: RunConfig): Promise<{ device: 'cpu'; reason: string } | null> {
    if (engine.device !== 'gpu' || !this.cpuAllowed) return null;
    if (this.sampler.gpuUsable === null) await this.doctor.verdict();
    if (this.sampler.gpuUsable !== false) return null;
    return { device: 'cpu', reason: 'The GPU cannot be used (see the doctor), so the CPU computes, as you agreed.' };
  }

  async allowCpu(allowed: boolean): Promise<void> {
    this.#store.hostSettings.set(CPU_ALLOWED, allowed);
    await this.sampler.sample();
  }
}
