// The host's door against those who have no business behind it: each is refused and written down, and learns nothing.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { DESKTOP_ORIGIN } from '../../contracts/desktop-bridge.ts';
import { HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX } from '../../contracts/host-protocol.ts';
import { Doorkeeper } from '../../main/host/doorkeeper.ts';
import type { HostHandlers } from '../../main/host/handlers/handler-types.ts';
import { RefusalLog } from '../../main/host/refusal-log.ts';
import { HostServer } from '../../main/host/server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TOKEN = 'a1'.repeat(24);
const SECRET = 'only for those inside';

let folder: string;
let server: HostServer;
let port: number;
let nowMs: number;
let log: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-door-'));
  await mkdir(join(folder, 'pages'));
  await writeFile(join(folder, 'pages', 'index.html'), '<!doctype html><title>studio</title>');
  await writeFile(join(folder, 'secret.txt'), SECRET);
  log = [];
  nowMs = 1_000_000;
  const hostInfo = () => ({ protocolVersion: 1, pid: 1, home: SECRET, codeVersion: '' });
  server = new HostServer({
    doorkeeper: new Doorkeeper({ token: TOKEN, remote: false, listenHost: '127.0.0.1', nowMs: () => nowMs }),
    refusals: new RefusalLog((line) => log.push(line)),
    handlers: { hostInfo } as unknown as HostHandlers,
    uploads: { receive: async (_request, response) => void response.writeHead(201).end() },
    pagesFolder: join(folder, 'pages'),
  });
  port = await server.listen('127.0.0.1', 0);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, maxRetries: 10 });
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** An upgrade to the host's socket; 101 where it opens. */
function knock(token: string | null, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const protocols = token === null ? HOST_SUBPROTOCOL : `${HOST_SUBPROTOCOL}, ${HOST_TOKEN_PREFIX}${token}`;
    const call = request({
      host: '127.0.0.1',
      port,
      path: '/rpc',
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': protocols,
        ...headers,
      },
    });
    call.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: '' });
    });
    call.on('response', (response) => void collect(response).then(resolve, reject));
    call.on('error', reject).end();
  });
}

function get(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      void collect(response).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
}

async function collect(response: NodeJS.ReadableStream & { statusCode?: number; headers: IncomingHttpHeaders }) {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** Nothing that is said or written down holds a secret. */
function expectNoLeak(...answers: Answer[]): void {
  const said = JSON.stringify(answers) + log.join('');
  for (const secret of [TOKEN, SECRET, folder]) expect(said).not.toContain(secret);
}

describe('who comes with the token from our own page, or from no page,', () => {
  it.each([
    ['without a page', {}],
    ['the page itself', { origin: 'http://127.0.0.1:PORT' }],
    ['the page by name', { host: 'localhost:PORT', origin: 'http://localhost:PORT' }],
    ['through a tunnel with a port of its own', { host: 'localhost:9000', origin: 'http://localhost:9000' }],
    ['the desktop window', { origin: DESKTOP_ORIGIN }],
  ])('%s is let in', async (_who, headers) => {
    const filled = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))]),
    );
    expect((await knock(TOKEN, filled)).status).toBe(101);
    expect(log).toEqual([]);
  });
});

describe('is refused and written down:', () => {
  it.each<[string, string | null, OutgoingHttpHeaders, number, string]>([
    ['a wrong token', '0'.repeat(48), {}, 401, 'the token is wrong'],
    ['half a token', TOKEN.slice(0, 24), {}, 401, 'the token is wrong'],
    ['no token', null, {}, 401, 'no token was offered'],
    ['an empty token', '', {}, 401, 'the token is wrong'],
    ['another Origin', TOKEN, { origin: 'http://example.org' }, 403, 'another origin'],
    ['an Origin of another port', TOKEN, { origin: 'http://127.0.0.1:1' }, 403, 'another origin'],
    ['the Origin of a file', TOKEN, { origin: 'null' }, 403, 'another origin'],
    ['another Host', TOKEN, { host: 'example.org' }, 403, 'another machine'],
    ['a rebound name', TOKEN, { host: 'rebound.test', origin: 'http://rebound.test' }, 403, 'another machine'],
    ['a name that only begins like ours', TOKEN, { host: 'localhost.example.org' }, 403, 'another machine'],
  ])('%s', async (_what, token, headers, status, reason) => {
    const answer = await knock(token, headers);
    expect(answer.status).toBe(status);
    expect(answer.text).toBe('');
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(reason);
    expectNoLeak(answer);
  });

  it('100 guesses: ten are told that they are wrong, the others to wait, the right token among them', async () => {
    const guess = (n: number) => knock(n.toString(16).padStart(48, '0'));
    const statuses: number[] = [];
    for (let n = 0; n < 100; n++) statuses.push((await guess(n)).status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual(Array(90).fill(429));
    const blocked = await knock(TOKEN);
    expect(blocked).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(log).toHaveLength(101);
    expectNoLeak(blocked);
  });

  it('guesses after the wait: each one doubles it, and who has the token comes in afterwards', async () => {
    for (let n = 0; n < 10; n++) await knock(n.toString(16).padStart(48, '0'));
    for (const waitSeconds of [1, 2, 4]) {
      nowMs += waitSeconds * 1000 - 1;
      expect((await knock(TOKEN)).status).toBe(429);
      nowMs += 1;
      expect((await knock(`${waitSeconds}`.padStart(48, 'f'))).status).toBe(401);
    }
    nowMs += 60_000;
    expect((await knock(TOKEN)).status).toBe(101);
  });

  it('the token of yesterday, but as often as a forgotten page tries it nobody is locked out', async () => {
    for (let n = 0; n < 50; n++) expect((await knock('b'.repeat(48))).status).toBe(401);
    expect((await knock(TOKEN)).status).toBe(101);
  });

  it('a flood, which is counted rather than written down line by line', async () => {
    for (let n = 0; n < 300; n++) await get('/', { host: 'example.org' });
    expect(log).toHaveLength(200);
    nowMs += 60_000;
    const refusals: string[] = [];
    const counted = new RefusalLog(
      (line) => refusals.push(line),
      () => nowMs,
    );
    for (let n = 0; n < 300; n++) counted.add('reason', '127.0.0.1', '/');
    nowMs += 60_000;
    counted.add('reason', '127.0.0.1', '/');
    expect(refusals).toHaveLength(202);
    expect(refusals[200]).toContain('100 more');
  });
});

describe('behind the door', () => {
  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, [HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX + TOKEN]);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(socket.protocol).toBe(HOST_SUBPROTOCOL);
    return socket;
  }

  it.each<[string, string | Buffer, number]>([
    ['an oversized frame', 'x'.repeat((1 << 20) + 1), 1009],
    ['text that is not JSON', '{', 1007],
    ['bytes that are not text', Buffer.from([0xff, 0xfe]), 1007],
    ['JSON that is no request', '{"id":"a"}', 1007],
    ['a request with more than belongs to it', '{"id":1,"method":"hostInfo","params":{},"more":1}', 1007],
  ])('%s ends the connection and is written down', async (_what, frame, code) => {
    const socket = await open();
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.send(frame);
    expect(await closed).toBe(code);
    await vi.waitUntil(() => log.length === 1);
    expectNoLeak();
  });

  it('a frame that breaks the protocol ends the connection', async () => {
    const raw = connect(port, '127.0.0.1');
    raw.write(
      `GET /rpc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${HOST_TOKEN_PREFIX}${TOKEN}\r\n\r\n`,
    );
    await new Promise((resolve) => raw.once('data', resolve));
    const ended = new Promise((resolve) => raw.once('close', resolve));
    raw.on('error', () => undefined);
    raw.resume();
    // Reserved bits, a reserved operation, and no mask.
    raw.write(Buffer.from([0xff, 0x01, 0x00]));
    await ended;
    await vi.waitUntil(() => log.length === 1);
    expect(log[0]).toContain('the connection broke');
  });

  it('a method that does not exist or is inherited is an answer, not a crash', async () => {
    const socket = await open();
    for (const method of ['none', 'constructor', '__proto__', 'toString']) {
      const answer = new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(String(data))));
      socket.send(JSON.stringify({ id: 1, method, params: {} }));
      expect(JSON.parse(await answer)).toMatchObject({ id: 1, ok: false, error: { code: 'BAD_INPUT' } });
    }
    socket.close();
  });
});

describe('the pages', () => {
  it('come with a policy that allows no other origin', async () => {
    const page = await get('/runs/r1');
    expect(page.status).toBe(200);
    expect(page.text).toContain('studio');
    expect(page.headers['content-security-policy']).toContain(`connect-src 'self' ws://127.0.0.1:${port};`);
    expect(page.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2f..%2fsecret.txt', '/..%5csecret.txt', '//secret.txt'])(
    '%s does not leave their folder',
    async (path) => {
      const answer = await get(path);
      expect([400, 404]).toContain(answer.status);
      expectNoLeak(answer);
    },
  );

  it('are only read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await get('/', {}, method);
      expect(status).toBe(405);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('are refused to pages of others', async () => {
    const answers = [await get('/', { host: 'example.org' }), await get('/', { origin: 'http://example.org' })];
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    expect(log).toHaveLength(2);
    expectNoLeak(...answers);
  });
});

describe('tinylora serve', () => {
  const entry = join(ROOT, 'main', 'cli', 'tinylora.mjs');

  it('prints the address, says nothing of the token elsewhere, and ends with Ctrl-C', async () => {
    const home = join(folder, 'home');
    const child = spawn(process.execPath, [entry, 'serve'], { env: { ...process.env, TINYLORA_HOME: home } });
    let output = '';
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const address = await vi.waitUntil(() => /http:\/\/127\.0\.0\.1:(\d+)\/#token=([0-9a-f]{48})/.exec(output), {
      timeout: 60_000,
    });
    port = Number(address[1]);
    const token = address[2] ?? '';
    expect((await knock(token)).status).toBe(101);
    expect((await knock('0'.repeat(48))).status).toBe(401);
    await vi.waitUntil(() => errors.includes('the token is wrong'));
    expect(errors).not.toContain(token);

    const joined = spawn(process.execPath, [entry, 'serve'], { env: { ...process.env, TINYLORA_HOME: home } });
    const sameAddress = new Promise<string>((resolve) => {
      joined.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    });
    expect(await sameAddress).toContain(address[0]);
    joined.kill('SIGINT');
    child.kill('SIGINT');
    const exitCode = await new Promise((resolve) => child.once('exit', resolve));
    expect(exitCode).toBe(0);
  });

  it('opens itself to other machines only where that is said twice', async () => {
    const child = spawn(process.execPath, [entry, 'serve', '--host', '0.0.0.0'], {
      env: { ...process.env, TINYLORA_HOME: join(folder, 'home') },
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
    expect(errors).toContain('--allow-remote');
  });
});
