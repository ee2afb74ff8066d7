// Downloads one model file over HTTP: goes on where bytes stopped, checks them, and puts the file in place whole. Runs in
// the library process.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { access, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError, errorMessage, hasErrorCode } from '../../contracts/app-error.ts';
import type { DownloadProgress, DownloadRequest } from '../../contracts/library-protocol.ts';
import type { DownloadFailureCode } from '../../contracts/library.ts';
import { readGgufHeader } from '../core/gguf-header.ts';
import { HubAddressError, resolveAddress } from './hub-address.ts';

const PROGRESS_INTERVAL_MS = 200;
const MAXIMUM_RETRY_DELAY_MS = 30_000;
/** A connection that brings nothing for so long counts as broken. */
const SILENCE_MS = 30_000;
/** Weight of the newest interval in the mean speed. */
const SPEED_SMOOTHING = 0.2;

export class DownloadError extends Error {
  readonly code: DownloadFailureCode;

  constructor(code: DownloadFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DownloadError';
    this.code = code;
  }
}

/** A connection that stands but brings nothing. */
class SilenceError extends Error {}

/** What the bytes gathered so far belong to: bytes of another version of the file are never continued. */
const PartNote = z.strictObject({
  address: z.string(),
  validator: z.string().nullable(),
  totalBytes: z.number().nullable(),
  /** Of the whole file, once it was checked: from then on it is put in its place. */
  sha256: z.string().nullable().default(null),
});
type PartNote = z.infer<typeof PartNote>;

const noteOf = (partPath: string): string => `${partPath}.json`;

/** @returns the file in place. Rejects with DownloadError; bytes that may be gone on with stay. */
export async function download(
  request: DownloadRequest,
  report: (progress: DownloadProgress) => void,
): Promise<{ path: string; sha256: string }> {
  return new Downloading(request, report).run();
}

class Downloading {
  readonly #request: DownloadRequest;
  readonly #report: (progress: DownloadProgress) => void;
  #progress: DownloadProgress;
  #reportedAtMs = 0;
  #speedBytes = 0;

  constructor(request: DownloadRequest, report: (progress: DownloadProgress) => void) {
    this.#request = request;
    this.#report = report;
    this.#progress = {
      fileName: '',
      totalBytes: null,
      receivedBytes: 0,
      bytesPerSecond: null,
      retries: 0,
      expectedSha256: request.expectedSha256,
      checksumSource: request.expectedSha256 === null ? null : 'given',
      isVerifying: false,
    };
  }

  async run(): Promise<{ path: string; sha256: string }> {
    const { partPath, folder } = this.#request;
    try {
      await mkdir(folder, { recursive: true });
      const { url, fileName } = await this.#patiently(() => resolveAddress(this.#request.address));
      this.#progress.fileName = fileName;
      const path = join(folder, fileName);
      const sha256 = (await placedSha256(partPath, path)) ?? (await this.#receiveAndPlace(url, path));
      await rm(noteOf(partPath), { force: true });
      return { path, sha256 };
    } catch (error) {
      throw asDownloadError(error);
    }
  }

  async #receiveAndPlace(url: string, path: string): Promise<string> {
    const { partPath } = this.#request;
    await requireAbsent(path);
    await this.#patiently(() => this.#receive(url));
    const sha256 = await this.#verify();
    const note = await readNote(partPath);
    if (note !== null) await writeFile(noteOf(partPath), JSON.stringify({ ...note, sha256 }));
    await rename(partPath, path);
    return sha256;
  }

  /** Tries again where the connection fails; a connection that brought bytes begins the count anew. */
  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let vain = 0; ;) {
      const before = this.#progress.receivedBytes;
      try {
        return await work();
      } catch (error) {
        if (!isTransient(error)) throw error;
        vain = this.#progress.receivedBytes > before ? 1 : vain + 1;
        if (vain > this.#request.maximumRetries) {
          const times = `${vain} time${vain === 1 ? '' : 's'} without a byte`;
          const message = `Stopped at ${this.#progress.receivedBytes} bytes: the server failed ${times} (${reasonOf(error)}). Resume it when the connection is back.`;
          throw new DownloadError('connection', message, { cause: error });
        }
        this.#progress.retries += 1;
        this.#tell(true);
        await sleep(Math.min(MAXIMUM_RETRY_DELAY_MS, this.#request.retryDelayMs * 2 ** (vain - 1)));
      }
    }
  }

  async #receive(url: string): Promise<void> {
    const { partPath } = this.#request;
    const note = await readNote(partPath);
    const known = note?.address === url ? note : null;
    let offset = known === null ? 0 : await sizeOf(partPath);
    if (offset > 0 && known?.totalBytes === offset) {
      this.#setReceived(offset, offset);
      return;
    }
    const headers = rangeHeaders(offset, known);
    const abort = new AbortController();
    const response = await fetchWithPatience(url, headers, abort);
    if (response.status === 416) {
      // What is here does not fit what is there: begin again.
      await forget(partPath);
      throw new DownloadError('connection', 'the file on the server has changed');
    }
    if (!response.ok) throw refusal(response.status, url);
    // A server without ranges, or with another file than before, sends all of it again.
    if (response.status !== 206 || startOf(response) !== offset) offset = 0;
    const totalBytes = totalOf(response, offset);
    this.#takeHubChecksum(response);
    this.#setReceived(offset, totalBytes);
    await writeFile(noteOf(partPath), JSON.stringify({ address: url, validator: validatorOf(response), totalBytes }));
    await this.#write(response, offset, abort);
    if (totalBytes !== null && this.#progress.receivedBytes !== totalBytes) {
      throw new DownloadError(
        'connection',
        `the server closed at ${this.#progress.receivedBytes} of ${totalBytes} bytes`,
      );
    }
    await writeFile(
      noteOf(partPath),
      JSON.stringify({ address: url, validator: validatorOf(response), totalBytes: this.#progress.receivedBytes }),
    );
  }

  async #write(response: Response, offset: number, abort: AbortController): Promise<void> {
    const file = await open(this.#request.partPath, offset === 0 ? 'w' : 'r+');
    try {
      await file.truncate(offset);
      await this.#writeChunks(file, response, abort);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #writeChunks(file: FileHandle, response: Response, abort: AbortController): Promise<void> {
    if (response.body === null) return;
    const silence = setTimeout(
      () => abort.abort(new SilenceError(`nothing came for ${SILENCE_MS / 1000} s`)),
      SILENCE_MS,
    );
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        silence.refresh();
        await file.write(chunk, 0, chunk.length, this.#progress.receivedBytes);
        this.#setReceived(this.#progress.receivedBytes + chunk.length, this.#progress.totalBytes);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  /** The hub names the content's hash beside large files. */
  #takeHubChecksum(response: Response): void {
    if (this.#progress.checksumSource === 'given') return;
    const etag = (response.headers.get('x-linked-etag') ?? '').replace(/^W\//, '').replaceAll('"', '');
    if (!/^[0-9a-f]{64}$/.test(etag)) return;
    this.#progress.expectedSha256 = etag;
    this.#progress.checksumSource = 'hub';
  }

  async #verify(): Promise<string> {
    const { partPath } = this.#request;
    this.#progress.isVerifying = true;
    this.#tell(true);
    const sha256 = await hashOf(partPath);
    const { expectedSha256 } = this.#progress;
    if (expectedSha256 !== null && sha256 !== expectedSha256) {
      await forget(partPath);
      const message = `Checksum differs: the file has ${sha256}, but ${expectedSha256} was expected. Not added. Download it again.`;
      throw new DownloadError('checksum', message);
    }
    await readGgufHeader(partPath).catch(async (error: unknown) => {
      await forget(partPath);
      const what = errorMessage(error).replaceAll(partPath, this.#progress.fileName);
      throw new DownloadError('content', `What the server sent is no model. ${what}`, { cause: error });
    });
    return sha256;
  }

  #setReceived(receivedBytes: number, totalBytes: number | null): void {
    this.#progress.receivedBytes = receivedBytes;
    this.#progress.totalBytes = totalBytes;
    this.#tell(false);
  }

  #tell(now: boolean): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#reportedAtMs;
    if (!now && elapsedMs < PROGRESS_INTERVAL_MS) return;
    if (this.#reportedAtMs > 0 && elapsedMs >= PROGRESS_INTERVAL_MS) {
      const speed = (Math.max(0, this.#progress.receivedBytes - this.#speedBytes) / elapsedMs) * 1000;
      const before = this.#progress.bytesPerSecond ?? speed;
      this.#progress.bytesPerSecond = before + SPEED_SMOOTHING * (speed - before);
    }
    this.#reportedAtMs = nowMs;
    this.#speedBytes = this.#progress.receivedBytes;
    this.#report({ ...this.#progress });
  }
}

function rangeHeaders(offset: number, note: PartNote | null): Record<string, string> {
  // Compressed bytes could not be counted.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (offset === 0) return headers;
  headers['range'] = `bytes=${offset}-`;
  if (typeof note?.validator === 'string') headers['if-range'] = note.validator;
  return headers;
}

async function fetchWithPatience(
  url: string,
  headers: Record<string, string>,
  abort: AbortController,
): Promise<Response> {
  const silence = setTimeout(() => abort.abort(new SilenceError(`no answer for ${SILENCE_MS / 1000} s`)), SILENCE_MS);
  try {
    return await followHubRedirects(url, headers, abort.signal);
  } finally {
    clearTimeout(silence);
  }
}

const MAXIMUM_REDIRECTS = 10;

/** The hub's checksum stands beside its redirect, not beside the content: it is carried over. */
async function followHubRedirects(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  let linkedEtag: string | null = null;
  let target = url;
  for (let hop = 0; hop <= MAXIMUM_REDIRECTS; hop++) {
    const response = await fetch(target, { headers, signal, redirect: 'manual' });
    linkedEtag = response.headers.get('x-linked-etag') ?? linkedEtag;
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      return linkedEtag === null ? response : withHeader(response, 'x-linked-etag', linkedEtag);
    }
    await response.body?.cancel();
    target = new URL(location, target).href;
    if (!/^https?:/.test(target))
      throw new DownloadError('address', `${url} leads to ${target}, which is no web address. Check the address.`);
  }
  throw new DownloadError('address', `${url} leads in a circle. Check the address.`);
}

function withHeader(response: Response, name: string, value: string): Response {
  const headers = new Headers(response.headers);
  headers.set(name, value);
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}

function validatorOf(response: Response): string | null {
  const etag = response.headers.get('etag');
  // A weak one does not promise equal bytes.
  return etag !== null && !etag.startsWith('W/') ? etag : response.headers.get('last-modified');
}

function startOf(response: Response): number | null {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? null : Number(match[1]);
}

function totalOf(response: Response, offset: number): number | null {
  const whole = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (response.status === 206 && whole !== undefined) return Number(whole);
  const length = response.headers.get('content-length');
  return length === null ? null : offset + Number(length);
}

/** The server is overloaded or ill: worth another try. */
function refusal(status: number, url: string): DownloadError {
  if (status === 408 || status === 429 || status >= 500)
    return new DownloadError('connection', `the server answers ${status}`);
  const why =
    status === 401 || status === 403
      ? 'it needs a login there'
      : status === 404
        ? 'there is no such file'
        : 'it was refused';
  return new DownloadError(
    'address',
    `${url} answers ${status}: ${why}. Check the address, or download it by hand and add the file.`,
  );
}

function isTransient(error: unknown): boolean {
  if (error instanceof DownloadError) return error.code === 'connection';
  if (error instanceof HubAddressError) return error.isTransient;
  // A TypeError is what fetch and its body reject with when a connection fails.
  return error instanceof TypeError || error instanceof SilenceError;
}

function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : errorMessage(error);
}

function asDownloadError(error: unknown): DownloadError {
  if (error instanceof DownloadError) return error;
  if (error instanceof HubAddressError)
    return new DownloadError(error.isTransient ? 'connection' : 'address', error.message);
  if (error instanceof AppError && error.code === 'CONFLICT') return new DownloadError('address', error.message);
  if (hasErrorCode(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM')) {
    return new DownloadError('storage', `${errorMessage(error)}: free disk space and resume the download.`, {
      cause: error,
    });
  }
  return new DownloadError('internal', errorMessage(error), { cause: error });
}

async function requireAbsent(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) throw new AppError('CONFLICT', `${path} exists already. Remove or rename it, then download again.`);
}

/** Of the file that a process before this one put in its place and could not tell of; null where there is none. */
async function placedSha256(partPath: string, path: string): Promise<string | null> {
  const note = await readNote(partPath);
  if (note === null || note.sha256 === null || (await sizeOf(partPath)) > 0) return null;
  if ((await sizeOf(path)) !== note.totalBytes) return null;
  return (await hashOf(path)) === note.sha256 ? note.sha256 : null;
}

async function readNote(partPath: string): Promise<PartNote | null> {
  try {
    return PartNote.parse(JSON.parse(await readFile(noteOf(partPath), 'utf8')));
  } catch {
    // Missing or torn: what the bytes belong to is not known, so they are not used.
    return null;
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function forget(partPath: string): Promise<void> {
  await rm(partPath, { force: true });
  await rm(noteOf(partPath), { force: true });
}

async function hashOf(path: string): Promise<string> {
  const hash: Hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
