// What takes room on disk, what of it may go, and letting it go. Runs in the host.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostEvent, HostParams, HostResult } from '../../../contracts/host-protocol.ts';
import type { DiskEstimate, DiskUse, PruneKind, RunDiskUse } from '../../../contracts/library.ts';
import type { RunConfig } from '../../../contracts/run-config.ts';
import type { RunSummary } from '../../../contracts/run-state.ts';
import type { DataFolderPaths } from '../../core/data-folder.ts';
import { estimateRunBytes } from '../../core/disk-estimate.ts';
import type { MeasuredRun } from '../../core/disk-estimate.ts';
import { isSettled } from '../../core/run-states.ts';
import type { Store } from '../../core/store-types.ts';
import { diskSpace } from '../devices/status-sampler.ts';
import { KEPT_WHEN_PRUNED } from '../devices/backups.ts';
import type { Backups } from '../devices/backups.ts';

const COMPLETIONS = 'completions.jsonl';
const PREVIOUS_CHECKPOINT = 'checkpoint.previous.bin';

export interface DiskDependencies {
  store: Store;
  paths: DataFolderPaths;
  backups: Backups;
  emit: (event: HostEvent) => void;
}

type Pruned = Omit<HostResult<'pruneDisk'>, 'skipped'>;

export class DiskService {
  readonly #dependencies: DiskDependencies;

  constructor(dependencies: DiskDependencies) {
    this.#dependencies = dependencies;
  }

  async use(): Promise<DiskUse> {
    const { paths, backups } = this.#dependencies;
    const runs = await this.#runs();
    const caches = await folderBytes(paths.cache);
    const logs = await folderBytes(paths.logs);
    const kept = await backups.list();
    const sum = (of: (run: RunDiskUse) => number): number => runs.reduce((total, run) => total + of(run), 0);
    const ended = runs.filter(({ state }) => isSettled(state));
    const endedSum = (of: (run: RunDiskUse) => number): number => ended.reduce((total, run) => total + of(run), 0);
    return {
      dataFolder: paths.home,
      ...(await diskSpace(paths.home)),
      parts: [
        { kind: 'runs', sizeBytes: sum(({ totalBytes, logBytes }) => totalBytes - logBytes) },
        { kind: 'models', sizeBytes: await folderBytes(paths.models) },
        { kind: 'database', sizeBytes: await filesBytes(paths.database, `${paths.database}-wal`) },
        { kind: 'caches', sizeBytes: caches },
        { kind: 'logs', sizeBytes: logs },
        { kind: 'tasks', sizeBytes: await folderBytes(paths.tasks) },
        { kind: 'backups', sizeBytes: kept.reduce((total, { sizeBytes }) => total + sizeBytes, 0) },
      ],
      runs: runs.sort((one, other) => other.totalBytes - one.totalBytes),
      prunable: [
        { kind: 'completions', sizeBytes: endedSum(({ completionFileBytes }) => completionFileBytes) },
        { kind: 'previous-checkpoints', sizeBytes: endedSum((run) => run.previousCheckpointBytes) },
        { kind: 'caches', sizeBytes: caches },
        { kind: 'logs', sizeBytes: endedSum(({ logBytes }) => logBytes) },
        {
          kind: 'old-backups',
          sizeBytes: kept.slice(KEPT_WHEN_PRUNED).reduce((total, { sizeBytes }) => total + sizeBytes, 0),
        },
      ],
    };
  }

  /** Runs that run or wait are left alone, and so are caches while one runs. */
  async prune({ kinds, runs: wanted, keepEvaluations }: HostParams<'pruneDisk'>): Promise<HostResult<'pruneDisk'>> {
    const all = this.#dependencies.store.runs.list().filter(({ id }) => wanted === null || wanted.includes(id));
    const ended = all.filter(({ state }) => isSettled(state));
    const skipped = all
      .filter(({ state }) => !isSettled(state))
      .map(({ id, state }) => `Run ${id} is ${state}: nothing of it was removed.`);
    const total: Pruned = { freedBytes: 0, removedCompletions: 0, removedFiles: 0 };
    for (const kind of new Set(kinds)) {
      const isRunning = this.#dependencies.store.runs.withState('running').length > 0;
      if (kind === 'caches' && isRunning) skipped.push('Caches are in use while a run trains: they were left alone.');
      else await this.#pruneKind(kind, ended, keepEvaluations, total);
    }
    this.#dependencies.emit({ type: 'libraryChanged', part: 'disk' });
    return { ...total, skipped };
  }

  /** From ended runs of the same shape, else from the configuration. */
  async estimate(cells: readonly RunConfig[]): Promise<DiskEstimate> {
    const { store, paths } = this.#dependencies;
    const done = store.runs.withState('done');
    const measured = await Promise.all(
      done.map(async ({ id, config, lastStep }): Promise<MeasuredRun> => {
        return { config, sizeBytes: await folderBytes(join(paths.runs, id)), steps: lastStep };
      }),
    );
    const estimates = cells.map((config) => estimateRunBytes(config, measured));
    const sizeBytes = estimates.reduce((sum, estimate) => sum + estimate.sizeBytes, 0);
    return {
      sizeBytes: Number.isFinite(sizeBytes) ? sizeBytes : null,
      freeBytes: (await diskSpace(paths.home)).freeBytes,
      likeRuns: Math.min(...estimates.map(({ likeRuns }) => likeRuns)),
    };
  }

  async #pruneKind(kind: PruneKind, ended: RunSummary[], keepEvaluations: boolean, total: Pruned): Promise<void> {
    const { paths, backups, store } = this.#dependencies;
    const removeFile = async (path: string): Promise<void> => {
      const sizeBytes = await filesBytes(path);
      await rm(path, { force: true, recursive: true });
      total.freedBytes += sizeBytes;
      if (sizeBytes > 0) total.removedFiles += 1;
    };
    switch (kind) {
      case 'completions':
        for (const { id } of ended) {
          total.removedCompletions += store.transaction(() => store.completions.prune(id, keepEvaluations));
          await removeFile(join(paths.runs, id, COMPLETIONS));
        }
        break;
      case 'previous-checkpoints':
        for (const { id } of ended) await removeFile(join(paths.runs, id, PREVIOUS_CHECKPOINT));
        break;
      case 'logs':
        for (const { id } of ended) await removeFile(join(paths.logs, `engine-${id}.log`));
        break;
      case 'caches':
        for (const name of await namesIn(paths.cache)) {
          const path = join(paths.cache, name);
          const sizeBytes = await folderBytes(path);
          await rm(path, { force: true, recursive: true });
          total.freedBytes += sizeBytes;
          total.removedFiles += 1;
        }
        break;
      case 'old-backups':
        for (const { path } of (await backups.list()).slice(KEPT_WHEN_PRUNED)) await removeFile(path);
        break;
    }
  }

  async #runs(): Promise<RunDiskUse[]> {
    const { store, paths } = this.#dependencies;
    const uses: RunDiskUse[] = [];
    // A few at a time: thousands of runs would open thousands of folders at once.
    const runs = store.runs.list();
    for (let start = 0; start < runs.length; start += RUNS_AT_ONCE) {
      const slice = runs.slice(start, start + RUNS_AT_ONCE);
      uses.push(...(await Promise.all(slice.map((run) => runUse(run, paths)))));
    }
    return uses;
  }
}

const RUNS_AT_ONCE = 32;

async function runUse({ id, label, seed, state }: RunSummary, paths: DataFolderPaths): Promise<RunDiskUse> {
  const folder = join(paths.runs, id);
  const sizes = new Map(
    await Promise.all(
      (await namesIn(folder)).map(async (name) => [name, await folderBytes(join(folder, name))] as const),
    ),
  );
  const size = (name: string): number => sizes.get(name) ?? 0;
  const folderTotal = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const logBytes = await filesBytes(join(paths.logs, `engine-${id}.log`));
  return {
    runId: id,
    ...{ label, seed, state },
    checkpointBytes: size('checkpoint.bin') + size(PREVIOUS_CHECKPOINT),
    previousCheckpointBytes: size(PREVIOUS_CHECKPOINT),
    completionFileBytes: size(COMPLETIONS),
    metricFileBytes: size('metrics.jsonl') + size('evaluations.jsonl'),
    logBytes,
    totalBytes: folderTotal + logBytes,
  };
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((): string[] => []);
}

async function filesBytes(...files: string[]): Promise<number> {
  const sizes = files.map((path) =>
    stat(path).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Of a file, or of all files below a folder; 0 where there is none. */
async function folderBytes(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  return filesBytes(...entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)));
}
