// Commands whose host ends under them, by a stand-in for hosts that leaves as often as it is told to.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { HOST_PROTOCOL_VERSION, HOST_SUBPROTOCOL } from '../../contracts/host-protocol.ts';
import { withHost } from './host-client.ts';

const LEAVING = 1001;

let home: string;
let hosts: WebSocketServer;
/** Methods that were asked for, in their order. */
let asked: string[];
let arrivals: number;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tinylora-client-'));
  vi.stubEnv('TINYLORA_HOME', home);
  [asked, arrivals] = [[], 0];
  hosts = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => HOST_SUBPROTOCOL });
  await once(hosts, 'listening');
  const address = { host: '127.0.0.1', port: (hosts.address() as AddressInfo).port, token: '0'.repeat(48) };
  const written = { protocolVersion: HOST_PROTOCOL_VERSION, pid: process.pid, startedAtMs: 0, ...address };
  await writeFile(join(home, 'host.json'), JSON.stringify(written));
});
afterEach(async () => {
  hosts.close();
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

/** The first `count` hosts leave on the occasion; those after them answer with an empty list. */
function leave(count: number, occasion: 'arrival' | 'request'): void {
  hosts.on('connection', (client: WebSocket) => {
    const leaves = ++arrivals <= count;
    if (leaves && occasion === 'arrival') client.close(LEAVING);
    client.on('message', (data: RawData) => {
      const { id, method } = JSON.parse((data as Buffer).toString('utf8')) as { id: number; method: string };
      asked.push(method);
      if (leaves) client.close(LEAVING);
      else client.send(JSON.stringify({ id, ok: true, value: [] }));
    });
  });
}

it('ask the next host where they only read', async () => {
  leave(2, 'request');
  expect(await withHost((host) => host.call('listRuns', {}))).toEqual([]);
  expect(asked).toEqual(['listRuns', 'listRuns', 'listRuns']);
});

it('ask the next host where the last one was asked for nothing', async () => {
  leave(1, 'arrival');
  const retried = await withHost(async (host) => {
    if (arrivals === 1) await host.closed;
    return host.call('retryRuns', { ids: ['r1'] });
  });
  expect(retried).toEqual([]);
  expect([arrivals, asked]).toEqual([2, ['retryRuns']]);
});

it('end where the host may have done what they asked for', async () => {
  leave(1, 'request');
  await expect(withHost((host) => host.call('retryRuns', { ids: ['r1'] }))).rejects.toThrow(/The host ended/);
  expect(asked).toEqual(['retryRuns']);
});

it('end where host after host leaves', async () => {
  leave(100, 'request');
  await expect(withHost((host) => host.call('listRuns', {}))).rejects.toThrow(/The host ended/);
  expect(arrivals).toBe(5);
});
