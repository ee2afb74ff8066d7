// Downloads of models: their rows, their processes, and what becomes of them. Runs in the host.
import { randomBytes } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, badInput, errorMessage } from '../../../contracts/app-error.ts';
import type { HostEvent } from '../../../contracts/host-protocol.ts';
import type { DownloadProgress } from '../../../contracts/library-protocol.ts';
import type { Download } from '../../../contracts/library.ts';
import type { Store } from '../../core/store-types.ts';
import { LibraryFailure, runLibraryProcess } from './library-process.ts';
import { fileId } from './models.ts';
import type { ModelLibrary } from './models.ts';

/** How often the row of a running download is written. */
const SAVE_INTERVAL_MS = 2000;

export interface DownloadOptions {
  /** Connections without a new byte that are tried again before a download fails. */
  maximumRetries: number;
  retryDelayMs: number;
}

export const DEFAULT_DOWNLOAD_OPTIONS: DownloadOptions = { maximumRetries: 5, retryDelayMs: 1000 };

export interface DownloadDependencies {
  store: Store;
  models: ModelLibrary;
  modelsFolder: string;
  emit: (event: HostEvent) => void;
  options: DownloadOptions;
}

interface RunningDownload {
  abort: AbortController;
  ended: Promise<void>;
  savedAtMs: number;
}

export class Downloads {
  readonly #dependencies: DownloadDependencies;
  readonly #running = new Map<string, RunningDownload>();
  #stopping = false;

  constructor(dependencies: DownloadDependencies) {
    this.#dependencies = dependencies;
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Goes on with what a host before this one was downloading. */
  recover(): void {
    for (const { id, state } of this.list()) if (state === 'running' || state === 'verifying') this.#start(id);
  }

  list(): Download[] {
    return this.#dependencies.store.library.downloads();
  }

  add(address: string, sha256: string | null): Download {
    const wanted = address.trim();
    if (!/^(hf:|https?:\/\/)\S+$/.test(wanted)) {
      throw badInput(`${address} is no address of a model: give hf:USER/MODEL/FILE.gguf or https://…/FILE.gguf.`);
    }
    const same = this.list().find((download) => download.address === wanted && download.state !== 'done');
    if (same !== undefined) throw new AppError('CONFLICT', `${wanted} is in the list already: resume it there.`);
    const download: Download = {
      id: randomBytes(6).toString('hex'),
      address: wanted,
      fileName: null,
      state: 'running',
      totalBytes: null,
      receivedBytes: 0,
      bytesPerSecond: null,
      remainingMs: null,
      retries: 0,
      failure: null,
      expectedSha256: sha256,
      checksumSource: sha256 === null ? null : 'given',
      sha256: null,
      createdAtMs: Date.now(),
      endedAtMs: null,
      modelId: null,
    };
    this.#save(download);
    this.#start(download.id);
    return download;
  }

  async pause(id: string): Promise<Download> {
    const download = this.#require(id);
    if (download.state !== 'running') {
      throw new AppError('CONFLICT', `The download of ${nameOf(download)} is ${download.state} and cannot be paused.`);
    }
    await this.#end(id);
    // It may have ended by itself meanwhile.
    const now = this.#require(id);
    return now.state === 'running' ? this.#save({ ...now, ...STILL, state: 'paused' }) : now;
  }

  resume(id: string): Download {
    const download = this.#require(id);
    if (download.state !== 'paused' && download.state !== 'failed') {
      throw new AppError('CONFLICT', `The download of ${nameOf(download)} is ${download.state} and cannot be resumed.`);
    }
    const resumed = this.#save({ ...download, ...STILL, state: 'running', failure: null, endedAtMs: null, retries: 0 });
    this.#start(id);
    return resumed;
  }

  /** @returns bytes that this freed */
  async remove(id: string): Promise<number> {
    this.#require(id);
    await this.#end(id);
    const freedBytes = await this.#removePart(id);
    this.#dependencies.store.library.removeDownload(id);
    this.#dependencies.emit({ type: 'libraryChanged', part: 'downloads' });
    return freedBytes;
  }

  /** Ends the processes; their rows stay `running`, so that the next host goes on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running.keys()].map((id) => this.#end(id)));
  }

  #start(id: string): void {
    const abort = new AbortController();
    const ended = this.#run(id, abort).finally(() => this.#running.delete(id));
    this.#running.set(id, { abort, ended, savedAtMs: 0 });
  }

  async #end(id: string): Promise<void> {
    const running = this.#running.get(id);
    running?.abort.abort();
    await running?.ended;
  }

  async #run(id: string, abort: AbortController): Promise<void> {
    const { modelsFolder, options } = this.#dependencies;
    const { address, expectedSha256, checksumSource } = this.#require(id);
    try {
      await mkdir(this.#partFolder, { recursive: true });
      const request = {
        type: 'download' as const,
        address,
        folder: modelsFolder,
        partPath: this.#partPath(id),
        expectedSha256: checksumSource === 'given' ? expectedSha256 : null,
        ...options,
      };
      const done = await runLibraryProcess(request, 'downloaded', {
        progress: (progress) => this.#progress(id, progress, abort.signal),
        signal: abort.signal,
      });
      const ended = { state: 'done' as const, sha256: done.sha256, modelId: fileId(done.path), endedAtMs: Date.now() };
      this.#save({ ...this.#require(id), ...STILL, ...ended });
      this.#dependencies.models.announce();
    } catch (error) {
      if (abort.signal.aborted || this.#stopping) return;
      const code = error instanceof LibraryFailure ? error.code : 'internal';
      const startsOver = code === 'checksum' || code === 'content';
      this.#save({
        ...this.#require(id),
        ...STILL,
        ...(startsOver ? { receivedBytes: 0 } : {}),
        state: 'failed',
        failure: { code, message: errorMessage(error) },
        endedAtMs: Date.now(),
      });
    }
  }

  #progress(id: string, progress: DownloadProgress, signal: AbortSignal): void {
    const running = this.#running.get(id);
    if (signal.aborted || running === undefined) return;
    const { isVerifying, fileName, ...numbers } = progress;
    const { totalBytes, receivedBytes, bytesPerSecond } = numbers;
    const isKnown = totalBytes !== null && bytesPerSecond !== null && bytesPerSecond > 0;
    const download: Download = {
      ...this.#require(id),
      ...numbers,
      fileName: fileName === '' ? null : fileName,
      state: isVerifying ? 'verifying' : 'running',
      remainingMs: isKnown ? ((totalBytes - receivedBytes) / bytesPerSecond) * 1000 : null,
    };
    // Every write is flushed to the disk: not for each fifth of a second.
    const nowMs = Date.now();
    if (isVerifying || nowMs - running.savedAtMs > SAVE_INTERVAL_MS) {
      running.savedAtMs = nowMs;
      this.#save(download);
    } else {
      this.#dependencies.emit({ type: 'downloadChanged', download });
    }
  }

  #save(download: Download): Download {
    this.#dependencies.store.library.saveDownload(download);
    this.#dependencies.emit({ type: 'downloadChanged', download });
    return download;
  }

  #require(id: string): Download {
    const download = this.#dependencies.store.library.findDownload(id);
    if (download === null) throw new AppError('NOT_FOUND', `There is no download ${id}.`);
    return download;
  }

  get #partFolder(): string {
    return join(this.#dependencies.modelsFolder, '.downloads');
  }

  #partPath(id: string): string {
    return join(this.#partFolder, `${id}.part`);
  }

  async #removePart(id: string): Promise<number> {
    const path = this.#partPath(id);
    const sizeBytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    await rm(path, { force: true });
    await rm(`${path}.json`, { force: true });
    return sizeBytes;
  }
}

/** What a download that does not run shows. */
const STILL = { bytesPerSecond: null, remainingMs: null } as const;

function nameOf({ fileName, address }: Download): string {
  return fileName ?? address;
}
