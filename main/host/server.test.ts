// The host's door as it closes.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX } from '../../contracts/host-protocol.ts';
import { Doorkeeper } from './doorkeeper.ts';
import type { HostHandlers } from './handlers/handler-types.ts';
import { RefusalLog } from './refusal-log.ts';
import { HostServer } from './server.ts';

const TOKEN = '0'.repeat(48);

it('turns newcomers away once the host leaves, and serves who is there', async () => {
  const server = new HostServer({
    doorkeeper: new Doorkeeper({ token: TOKEN, remote: false, listenHost: '127.0.0.1' }),
    refusals: new RefusalLog(() => undefined),
    handlers: { listRuns: () => [] } as unknown as HostHandlers,
    uploads: { receive: () => Promise.resolve() },
    pagesFolder: '',
  });
  const port = await server.listen('127.0.0.1', 0);
  const client = () => new WebSocket(`ws://127.0.0.1:${port}/rpc`, [HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX + TOKEN]);
  const present = client();
  await once(present, 'open');
  expect(server.isBusy).toBe(true);

  server.refuseNewcomers();
  const [error] = (await once(client(), 'error')) as [Error];
  expect(error.message).toContain('503');
  present.send(JSON.stringify({ id: 1, method: 'listRuns', params: {} }));
  const [answer] = (await once(present, 'message')) as [Buffer];
  expect(JSON.parse(answer.toString('utf8'))).toEqual({ id: 1, ok: true, value: [] });
  await server.close();
});
