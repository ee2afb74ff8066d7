// Downloads from servers that break connections, know no ranges, send wrong bytes, or are not there.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DownloadProgress } from '../../contracts/library-protocol.ts';
import { tinyGguf } from '../core/gguf-fixture.ts';
import { download } from './download.ts';

/** A readable head, then enough bytes for several breaks. */
const MODEL = Buffer.concat([tinyGguf(), Buffer.alloc(300_000, 7)]);
const MODEL_SHA256 = createHash('sha256').update(MODEL).digest('hex');
const PIECE_BYTES = 100_000;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let server: Server;
let base: string;
let answer: Answer;
let asked: (string | null)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-download-'));
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.headers.range ?? null);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** What is asked for, cut off after `pieceBytes`. */
function serve(content: Buffer, { pieceBytes = Infinity, ranges = true, headers = {} } = {}): Answer {
  return (request, response) => {
    const start = ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    const rest = content.subarray(start);
    const range = start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {};
    response.writeHead(start > 0 ? 206 : 200, { etag: '"v1"', 'content-length': rest.length, ...range, ...headers });
    if (rest.length <= pieceBytes) response.end(rest);
    else response.write(rest.subarray(0, pieceBytes), () => setTimeout(() => response.destroy(), 150));
  };
}

function fetchModel(
  options: { sha256?: string; maximumRetries?: number; report?: (progress: DownloadProgress) => void } = {},
): Promise<{ path: string; sha256: string }> {
  const { sha256 = null, maximumRetries = 2, report = () => undefined } = options;
  const request = {
    type: 'download' as const,
    address: `${base}/some/model.gguf`,
    folder: join(folder, 'models'),
    partPath: join(folder, 'model.part'),
    expectedSha256: sha256,
    maximumRetries,
    retryDelayMs: 1,
  };
  return download(request, report);
}

it('goes on at the byte where a connection broke, as often as bytes come', async () => {
  answer = serve(MODEL, { pieceBytes: PIECE_BYTES });
  const seen: DownloadProgress[] = [];
  const { path, sha256 } = await fetchModel({ report: (progress) => seen.push(progress) });
  expect(await readFile(path)).toEqual(MODEL);
  expect(sha256).toBe(MODEL_SHA256);
  expect(asked[0]).toBeNull();
  const starts = asked.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
  expect(starts.length).toBeGreaterThanOrEqual(3);
  expect(starts).toEqual([...starts].sort((one, other) => one - other));
  expect(starts.every((start) => start > 0)).toBe(true);
  expect(seen.at(-1)).toMatchObject({ isVerifying: true, receivedBytes: MODEL.length, retries: starts.length });
  expect(await readdir(folder)).toEqual(['models']);
});

it('begins again where the server knows no ranges', async () => {
  let calls = 0;
  answer = (request, response) => {
    serve(MODEL, { ranges: false, pieceBytes: ++calls < 3 ? PIECE_BYTES : Infinity })(request, response);
  };
  const { path } = await fetchModel();
  expect(await readFile(path)).toEqual(MODEL);
  expect(calls).toBe(3);
});

it('keeps its bytes when it fails, and a later download goes on with them', async () => {
  let broken = true;
  answer = (request, response) => {
    if (broken && request.headers.range !== undefined) response.destroy();
    else serve(MODEL, broken ? { pieceBytes: PIECE_BYTES } : {})(request, response);
  };
  await expect(fetchModel()).rejects.toMatchObject({
    code: 'connection',
    message: expect.stringMatching(/^Stopped at \d+ bytes: the server failed 3 times/) as string,
  });
  broken = false;
  asked = [];
  const { path } = await fetchModel();
  expect(await readFile(path)).toEqual(MODEL);
  expect(Number(/^bytes=(\d+)-$/.exec(asked[0] ?? '')?.[1])).toBeGreaterThan(0);
});

it('never joins bytes of two versions of a file', async () => {
  answer = serve(Buffer.alloc(MODEL.length, 1), { pieceBytes: PIECE_BYTES });
  await expect(fetchModel({ maximumRetries: 0 })).rejects.toMatchObject({ code: 'connection' });
  answer = (request, response) => {
    // As the standard has it: another version than If-Range names is sent whole.
    expect(request.headers['if-range']).toBe('"v1"');
    serve(MODEL, { ranges: false, headers: { etag: '"v2"' } })(request, response);
  };
  const { path } = await fetchModel();
  expect(await readFile(path)).toEqual(MODEL);
});

it('refuses wrong bytes by the checksum that was given, and begins again', async () => {
  const wrong = Buffer.from(MODEL);
  wrong[wrong.length - 1] = 0;
  answer = serve(wrong);
  await expect(fetchModel({ sha256: MODEL_SHA256 })).rejects.toMatchObject({
    code: 'checksum',
    message: expect.stringContaining('Not added') as string,
  });
  expect(await readdir(folder)).toEqual(['models']);
  expect(await readdir(join(folder, 'models'))).toEqual([]);
  answer = serve(MODEL);
  expect((await fetchModel({ sha256: MODEL_SHA256 })).sha256).toBe(MODEL_SHA256);
});

it('takes the checksum from beside the redirect of a hub', async () => {
  const redirect =
    (sha256: string): Answer =>
    (request, response) => {
      if (request.url === '/stored') serve(MODEL)(request, response);
      else response.writeHead(302, { location: '/stored', 'x-linked-etag': `"${sha256}"` }).end();
    };
  answer = redirect('0'.repeat(64));
  await expect(fetchModel()).rejects.toMatchObject({ code: 'checksum' });
  answer = redirect(MODEL_SHA256);
  const seen: DownloadProgress[] = [];
  await fetchModel({ report: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toMatchObject({ expectedSha256: MODEL_SHA256, checksumSource: 'hub' });
});

it('says what is wrong with an address, at once', async () => {
  answer = (_request, response) => void response.writeHead(404).end();
  await expect(fetchModel()).rejects.toMatchObject({
    code: 'address',
    message: expect.stringMatching(/404.*Check/) as string,
  });
  expect(asked.length).toBe(1);
  answer = serve(Buffer.from('<!doctype html><title>Log in</title>'));
  await expect(fetchModel()).rejects.toMatchObject({
    code: 'content',
    message: expect.stringContaining('no model') as string,
  });
});

it('leaves a file of that name alone', async () => {
  answer = serve(MODEL);
  const { path } = await fetchModel();
  await writeFile(path, 'mine');
  await expect(fetchModel()).rejects.toMatchObject({
    code: 'address',
    message: expect.stringContaining('exists') as string,
  });
  expect(await readFile(path, 'utf8')).toBe('mine');
});

it('knows the file that a process before it had put in place when it was killed', async () => {
  answer = serve(MODEL);
  const { path } = await fetchModel();
  const noteOf = (sha256: string) => {
    const note = { address: `${base}/some/model.gguf`, validator: '"v1"', totalBytes: MODEL.length, sha256 };
    return writeFile(join(folder, 'model.part.json'), JSON.stringify(note));
  };
  await noteOf('0'.repeat(64));
  await expect(fetchModel()).rejects.toMatchObject({
    code: 'address',
    message: expect.stringContaining('exists already') as string,
  });
  asked = [];
  await noteOf(MODEL_SHA256);
  expect(await fetchModel()).toEqual({ path, sha256: MODEL_SHA256 });
  expect(asked).toEqual([]);
  expect(await readdir(folder)).toEqual(['models']);
});
