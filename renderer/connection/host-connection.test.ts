// One connection through loss, refusal and return, against a real WebSocket server. Runs under vitest.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket as ServerSocket } from 'ws';
import { HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX } from '../../contracts/host-protocol.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import { HostConnection } from './host-connection.ts';

const TOKEN = 'ab'.repeat(24);
const STOPPED: HostEvent = { type: 'viewsChanged' };

let server: WebSocketServer;
let offered: string[][];
let sockets: ServerSocket[];
let connection: HostConnection;

async function listen(port = 0): Promise<number> {
  server = new WebSocketServer({ host: '127.0.0.1', port, handleProtocols: () => HOST_SUBPROTOCOL });
  server.on('connection', (socket, request) => {
    sockets.push(socket);
    offered.push((request.headers['sec-websocket-protocol'] ?? '').split(/, */));
    socket.on('message', (data: Buffer) => {
      const { id, method } = JSON.parse(data.toString()) as { id: number; method: string };
      if (method === 'listViews') socket.send(JSON.stringify({ id, ok: true, value: [] }));
      if (method === 'setCpuAllowed') socket.send(JSON.stringify({ id, ok: true, value: { allowed: 'perhaps' } }));
      if (method === 'showRun') {
        const error = { code: 'NOT_FOUND', message: 'r9 is not in this data folder.' };
        socket.send(JSON.stringify({ id, ok: false, error }));
      }
    });
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeEach(async () => {
  offered = [];
  sockets = [];
  const port = await listen();
  connection = new HostConnection(async () => ({ socketUrl: `ws://127.0.0.1:${port}/rpc`, token: TOKEN }));
});

afterEach(async () => {
  connection.close();
  for (const socket of sockets) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

describe('the connection', () => {
  it('offers the token as a subprotocol; calls wait for it to open', async () => {
    const answer = connection.call('listViews', {});
    connection.connect();
    expect(await answer).toEqual([]);
    expect(connection.status).toEqual({ kind: 'open' });
    expect(offered).toEqual([[HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX + TOKEN]]);
  });

  it("hands on the host's own words, and refuses an answer that is not what was agreed", async () => {
    connection.connect();
    await expect(connection.call('showRun', { id: 'r9', completions: 0 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'r9 is not in this data folder.',
    });
    await expect(connection.call('setCpuAllowed', { allowed: true })).rejects.toThrow('setCpuAllowed');
  });

  it('ends what was under way when it is lost, tries again by itself, and goes on', async () => {
    connection.connect();
    await connection.call('listViews', {});
    const waiting = connection.call('listRuns', {});
    const lost = expect(waiting).rejects.toThrow('what is on disk is safe');
    sockets[0]?.terminate();
    await lost;
    expect(connection.status.kind).toBe('lost');
    expect(await connection.call('listViews', {})).toEqual([]);
    expect(sockets).toHaveLength(2);
  });

  it('gives up a call that nobody waits for any more', async () => {
    const giveUp = new AbortController();
    const call = connection.call('listViews', {}, giveUp.signal);
    giveUp.abort();
    await expect(call).rejects.toThrow();
  });

  it('asks for the token where nobody told it one', async () => {
    const without = new HostConnection(async () => null);
    without.connect();
    await expect.poll(() => without.status.kind).toBe('needsToken');
  });

  it('delivers events in batches, in order, without those it does not know', async () => {
    const batches: (readonly HostEvent[])[] = [];
    connection.onEvents((events) => batches.push(events));
    connection.connect();
    await connection.call('listViews', {});
    const disk = { type: 'lowDisk', isLow: true, freeBytes: 4e8, message: '0.4 GB left.' } as const;
    for (const event of [STOPPED, { type: 'ofTheFuture' }, disk]) sockets[0]?.send(JSON.stringify({ event }));
    await expect.poll(() => batches).toEqual([[STOPPED, disk]]);
  });
});
