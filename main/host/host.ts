// Puts the host together: lock, store, recovery, queue, server; and takes it apart again. Runs in the host.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AppError, errorMessage } from '../../contracts/app-error.ts';
import { HOST_PROTOCOL_VERSION } from '../../contracts/host-protocol.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import { dataFolderPaths, makeDataFolder } from '../core/data-folder.ts';
import type { DataFolderPaths } from '../core/data-folder.ts';
import { FileHasher } from '../core/file-hash.ts';
import type { NamedFolders } from '../core/named-paths.ts';
import { OrganisingService } from '../core/organising-service.ts';
import { PreflightService } from '../core/preflight-service.ts';
import { QueueService } from '../core/queue-service.ts';
import { RecipeLibrary } from '../core/recipe-library.ts';
import { recoverRuns } from '../core/recovery.ts';
import { Scheduler } from '../core/scheduler.ts';
import { SweepService } from '../core/sweep-service.ts';
import { SweepSummaries } from '../core/sweep-summary.ts';
import { FolderLock } from '../store/folder-lock.ts';
import { SqliteStore } from '../store/store.ts';
import { leftAddress, removeAddress, writeAddress } from './address-file.ts';
import { codeVersion } from './code-version.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { ForkedEngineLauncher } from './engine-launcher.ts';
import type { HostSettings, ListenSettings } from './host-settings.ts';
import { endOrphan } from './orphan.ts';
import { createHandlers } from './handlers/handlers.ts';
import { followFolders } from './moved-folders.ts';
import { QueryClient } from './queries/query-client.ts';
import { RefusalLog } from './refusal-log.ts';
import { HostServer } from './server.ts';
import { StudioServices } from './studio-services.ts';

const ROOT_FOLDER = join(import.meta.dirname, '..', '..');
const TOKEN_BYTES = 24; // 192 bits
const IDLE_CHECK_MS = 100;
/** Longest wait for the first client. */
const FIRST_CLIENT_MS = 10_000;

function namedFolders({ models, tasks }: DataFolderPaths): NamedFolders {
  return { resources: join(ROOT_FOLDER, 'resources'), models, tasks };
}

export class Host {
  /** Resolves when everything is closed and the folder is free for another host. */
  readonly stopped: Promise<void>;
  readonly #lock: FolderLock;
  readonly #store: SqliteStore;
  readonly #scheduler: Scheduler;
  readonly #server: HostServer;
  readonly #queries: QueryClient;
  readonly #studio: StudioServices;
  readonly #paths: DataFolderPaths;
  readonly #idleWatch: NodeJS.Timeout;
  #resolveStopped: () => void = () => undefined;
  #stopping = false;

  private constructor(
    paths: DataFolderPaths,
    lock: FolderLock,
    store: SqliteStore,
    scheduler: Scheduler,
    server: HostServer,
    queries: QueryClient,
    studio: StudioServices,
    idleGraceMs: number,
    isAttended: () => boolean,
  ) {
    this.#paths = paths;
    this.#lock = lock;
    this.#store = store;
    this.#scheduler = scheduler;
    this.#server = server;
    this.#queries = queries;
    this.#studio = studio;
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
    let lastActiveMs = Date.now();
    // Whoever started it may be slow to connect on a busy machine.
    let graceMs = Math.max(idleGraceMs, FIRST_CLIENT_MS);
    this.#idleWatch = setInterval(() => {
      if (server.isBusy) graceMs = idleGraceMs;
      if (server.isBusy || scheduler.isBusy || studio.isBusy || isAttended()) lastActiveMs = Date.now();
      else if (Date.now() - lastActiveMs > graceMs) void this.stop();
    }, IDLE_CHECK_MS);
  }

  /**
   * Takes the data folder, puts it in order and goes on with its queue.
   * @param isAttended whether someone wants it to stay without work and clients
   * @returns null where another host owns the folder
   * Rejects with STORAGE where the folder cannot be written, BAD_INPUT where a newer program wrote it.
   */
  static async start(
    home: string,
    settings: HostSettings,
    listen: ListenSettings,
    isAttended: () => boolean,
  ): Promise<Host | null> {
    const paths = dataFolderPaths(home);
    makeFolders(paths);
    const lock = FolderLock.acquire(paths.lock);
    if (lock === null) return null;
    try {
      const store = new SqliteStore(paths.database);
      followFolders(store, namedFolders(paths));
      await recoverRuns(store, endOrphan);
      return await Host.#assemble(paths, lock, store, settings, listen, isAttended);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  static async #assemble(
    paths: DataFolderPaths,
    lock: FolderLock,
    store: SqliteStore,
    settings: HostSettings,
    listen: ListenSettings,
    isAttended: () => boolean,
  ): Promise<Host> {
    const entry = settings.engineEntry ?? join(ROOT_FOLDER, 'main', 'engine', 'engine.mjs');
    const emit = (event: HostEvent): void => server.broadcast(event);
    const summaries = new SweepSummaries(store);
    const left = await leftAddress(paths.address);
    const token = left?.token ?? randomBytes(TOKEN_BYTES).toString('hex');
    const launcher = new ForkedEngineLauncher(entry, paths.logs);
    const scheduler: Scheduler = new Scheduler({
      store,
      launcher,
      options: { ...settings, runsFolder: paths.runs, cacheFolder: paths.cache },
      emit,
      beforeStart: () => preflight.makeWay(),
      otherDevice: (config) => studio.otherDevice(config),
      onSettled: (run) => {
        for (const sweep of summaries.endedWith(run)) emit({ type: 'sweepEnded', sweep });
      },
    });
    const hasher = new FileHasher(join(paths.cache, 'file-hashes.json'));
    const folders = namedFolders(paths);
    // The code is looked at for each plan: a host may outlive an update.
    const planContext = async () => ({ folders, hasher, codeVersion: await codeVersion(ROOT_FOLDER) });
    const recipes = new RecipeLibrary(folders.resources, paths.recipes);
    const service = new SweepService({ store, scheduler, planContext, recipes, runsFolder: paths.runs, emit });
    const queue = new QueueService({ store, scheduler, planContext, emit });
    const preflight: PreflightService = new PreflightService({
      ...{ store, queue, recipes, launcher, planContext, emit, home: paths.home },
      options: { ...settings, scratchFolder: join(paths.cache, 'preflight'), cacheFolder: paths.cache },
      isTraining: () => scheduler.isBusy,
    });
    const organising = new OrganisingService({ store, scheduler, runsFolder: paths.runs, emit });
    await organising.purge();
    const studio: StudioServices = new StudioServices({
      ...{ store, scheduler, service, hasher, folders, paths, emit },
      isWatched: () => server.isBusy,
      lowDiskBytes: settings.lowDiskBytes,
    });
    const info = async () => ({
      protocolVersion: HOST_PROTOCOL_VERSION,
      pid: process.pid,
      home: paths.home,
      codeVersion: await codeVersion(ROOT_FOLDER),
    });
    const queries = new QueryClient(paths.database);
    queries.start();
    const services = { service, queue, organising, recipes, preflight, queries, scheduler };
    const handled = { ...services, studio, planContext, store, emit, info };
    const server: HostServer = new HostServer({
      doorkeeper: new Doorkeeper({ token, remote: listen.remote, listenHost: listen.listenHost }),
      refusals: new RefusalLog((line) => process.stderr.write(line)),
      handlers: createHandlers(handled),
      uploads: studio.uploads,
      pagesFolder: join(ROOT_FOLDER, 'build', 'renderer'),
    });
    const port = await openDoor(server, listen, left?.port ?? 0);
    const host = new Host(paths, lock, store, scheduler, server, queries, studio, settings.idleGraceMs, isAttended);
    await writeAddress(paths.address, {
      protocolVersion: HOST_PROTOCOL_VERSION,
      pid: process.pid,
      host: localHost(listen.listenHost),
      port,
      token,
      startedAtMs: Date.now(),
    });
    scheduler.wake();
    studio.start();
    return host;
  }

  /** Ends the engine, if one runs (its run goes on with the next host), and frees the folder. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    clearInterval(this.#idleWatch);
    // Before anything is awaited: a client that comes meanwhile would lose its request.
    this.#server.refuseNewcomers();
    await removeAddress(this.#paths.address);
    // A run may wait for its verdict.
    this.#studio.doctor.stop();
    await this.#scheduler.stop();
    await this.#server.close();
    await this.#studio.stop();
    await this.#queries.close();
    this.#store.close();
    this.#lock.release();
    this.#resolveStopped();
  }
}

function makeFolders(paths: DataFolderPaths): void {
  try {
    makeDataFolder(paths);
  } catch (error) {
    const remedy = 'make it writable, or set TINYLORA_HOME to another folder.';
    throw new AppError('STORAGE', `Cannot use the data folder ${paths.home} (${errorMessage(error)}): ${remedy}`, {
      cause: error,
    });
  }
}

/** At the port that is asked for; else where the host before listened, if that is free. */
async function openDoor(server: HostServer, listen: ListenSettings, lastPort: number): Promise<number> {
  if (listen.port !== null || lastPort === 0) return server.listen(listen.listenHost, listen.port ?? 0);
  try {
    return await server.listen(listen.listenHost, lastPort);
  } catch {
    return server.listen(listen.listenHost, 0);
  }
}

/** The address of this machine for one that listens at all of them. */
function localHost(listenHost: string): string {
  if (listenHost === '0.0.0.0') return '127.0.0.1';
  return listenHost === '::' ? '::1' : listenHost;
}
