// The desktop shell through a double of Electron, with a real host: what it denies, and what it does when things go.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DESKTOP_ORIGIN, HostConnection } from '../../contracts/desktop-bridge.ts';
import type { HostStatus } from '../../contracts/desktop-bridge.ts';
import { messageChannel, requestChannel } from '../../contracts/desktop-channels.ts';
import { HostClient, readAddress } from '../../main/client/host-client.ts';
import { tinyGguf } from '../../main/core/gguf-fixture.ts';
import { electronDouble, preventable, World } from './electron-double.ts';
import type { UtilityDouble, WindowDouble } from './electron-double.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RECIPE = `name: demo
base:
  model: model.gguf
  adapter: { kind: tinylora }
  data: { train: train.jsonl, heldOut: train.jsonl }
  grader: { name: exact }
  steps: 2000
  learningRate: 0.01
`;

let world: World;
let home: string;
let processes: ChildProcess[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tinylora-shell-'));
  vi.stubEnv('TINYLORA_HOME', home);
  vi.stubEnv('TINYLORA_ENGINE_ENTRY', join(ROOT, 'test', 'fixtures', 'scripted-engine.ts'));
  processes = [];
  world = new World();
  world.userData = home;
  world.onFork = runHost;
  vi.resetModules();
  vi.doMock('electron', () => electronDouble(world));
});
afterEach(async () => {
  for (const child of processes) child.kill('SIGKILL');
  vi.doUnmock('electron');
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, maxRetries: 5 });
});

/** What Electron does with a utility process, by a process of Node. */
function runHost(host: UtilityDouble): void {
  const child = fork(host.entry, host.args, { env: host.options.env as NodeJS.ProcessEnv, cwd: host.options.cwd });
  processes.push(child);
  child.on('message', (message) => host.emit('message', message));
  child.once('close', (code) => host.emit('exit', code ?? 1));
  host.onReceived = (message) => void child.send(message as object);
}

async function start(): Promise<WindowDouble> {
  const { startShell } = await import('../../main/electron/shell.ts');
  const { utilityHostProcess } = await import('../../main/electron/utility-host.ts');
  startShell(utilityHostProcess);
  await vi.waitUntil(() => world.windows.length === 1);
  return window();
}

const window = (): WindowDouble => {
  const [first] = world.windows;
  if (first === undefined) throw new Error('There is no window.');
  return first;
};
const ask = (request: Parameters<typeof requestChannel>[0], ...args: unknown[]): Promise<unknown> =>
  world.invoke(requestChannel(request), window().webContents.mainFrame, ...args);
const statuses = (): HostStatus[] =>
  world.sent.filter(({ channel }) => channel === messageChannel('hostStatus')).map(({ value }) => value as HostStatus);
const hasStatus = (state: HostStatus['state'], times = 1): Promise<boolean> =>
  vi.waitUntil(() => statuses().filter((status) => status.state === state).length >= times, { timeout: 20_000 });

/** As a crash would end it. */
async function killHost(): Promise<void> {
  const address = await readAddress(join(home, 'host.json'));
  if (address === null) throw new Error('There is no host.');
  process.kill(address.pid, 'SIGKILL');
}

/** A sweep of one run that trains until it is told otherwise. */
async function train(): Promise<HostClient> {
  vi.stubEnv('TINYLORA_TEST_STEP_MS', '20');
  await writeFile(join(home, 'model.gguf'), tinyGguf());
  await writeFile(join(home, 'train.jsonl'), '{"question":"1+1","answer":"2"}\n');
  await writeFile(join(home, 'demo.yaml'), RECIPE);
  await start();
  await hasStatus('ready');
  const client = await HostClient.connect(home);
  await client.call('runSweep', { recipePath: join(home, 'demo.yaml') });
  await vi.waitUntil(() => world.blockers.size === 1, { timeout: 60_000 });
  return client;
}

describe('the window', () => {
  it('is isolated, sandboxed, and loads the app under its own scheme', async () => {
    const { options, loaded } = await start();
    expect(options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
    });
    expect(loaded).toEqual([`${DESKTOP_ORIGIN}/`]);
  });

  it('goes nowhere else and opens nothing', async () => {
    const { webContents } = await start();
    for (const url of [
      'https://example.org/',
      'file:///etc/passwd',
      'app://other/',
      `${DESKTOP_ORIGIN}.example.org/`,
    ]) {
      const event = preventable();
      webContents.emit('will-navigate', event, url);
      expect(event.isPrevented, url).toBe(true);
    }
    const own = preventable();
    webContents.emit('will-navigate', own, `${DESKTOP_ORIGIN}/runs`);
    expect(own.isPrevented).toBe(false);
    for (const name of ['will-redirect', 'will-attach-webview']) {
      const event = preventable();
      webContents.emit(name, event, `${DESKTOP_ORIGIN}/`);
      expect(event.isPrevented, name).toBe(true);
    }
    expect(webContents.openHandler?.({ url: 'https://example.org/' } as never)).toEqual({ action: 'deny' });
  });

  it('is granted copying and its host, nothing else, and other pages not even that', async () => {
    await start();
    const request = (permission: string, requestingUrl: string): boolean => {
      let isGranted = false;
      const callback = (answer: boolean): void => void (isGranted = answer);
      world.permissionRequest?.(null as never, permission as never, callback, { requestingUrl } as never);
      expect(world.permissionCheck?.(null, permission as never, requestingUrl, {} as never)).toBe(isGranted);
      return isGranted;
    };
    const own = `${DESKTOP_ORIGIN}/`;
    expect(request('clipboard-sanitized-write', own)).toBe(true);
    expect(request('loopback-network', own)).toBe(true);
    expect(request('loopback-network', 'https://example.org/')).toBe(false);
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'clipboard-read',
      'usb',
      'openExternal',
      'fileSystem',
    ])
      expect(request(permission, own), permission).toBe(false);
  });

  it('opens where and as large as it was closed', async () => {
    await start();
    await hasStatus('ready');
    window().emit('close', preventable());
    await vi.waitUntil(() => world.hasQuit, { timeout: 60_000 });
    expect(JSON.parse(await readFile(join(home, 'window.json'), 'utf8'))).toMatchObject({
      bounds: { x: 10, y: 20, width: 1000, height: 800 },
    });
    world.windows.length = 0;
    vi.resetModules();
    const { options } = await start();
    expect(options).toMatchObject({ x: 10, y: 20, width: 1000, height: 800, minWidth: 900, minHeight: 700 });
  });

  it('is served with a policy, and only under its own name', async () => {
    await start();
    const answer = await world.protocolHandler?.(new Request(`${DESKTOP_ORIGIN}/runs/r1`));
    expect(answer?.headers.get('content-security-policy')).toContain("connect-src 'self' ws://127.0.0.1:*;");
    expect((await world.protocolHandler?.(new Request('app://other/')))?.status).toBe(404);
  });
});

describe('a request to the shell', () => {
  it('for the connection is answered once the host listens, and leads to it', async () => {
    await start();
    const { url, token } = HostConnection.parse(await ask('connection'));
    const client = await HostClient.connect(home);
    expect(url).toBe(`ws://127.0.0.1:${client.address.port}/rpc`);
    expect(token).toBe(client.address.token);
    client.close();
  });

  it('from another frame or another page is refused', async () => {
    await start();
    const channel = requestChannel('connection');
    const frames = [null, { url: `${DESKTOP_ORIGIN}/` }];
    for (const frame of frames) await expect(world.invoke(channel, frame)).rejects.toThrow(/own page only/);
    for (const url of ['https://example.org/', `${DESKTOP_ORIGIN}.example.org/`, '']) {
      window().webContents.mainFrame.url = url;
      await expect(ask('connection'), url).rejects.toThrow(/own page only/);
    }
  });

  it('that is malformed is refused', async () => {
    await start();
    const malformed: [Parameters<typeof requestChannel>[0], ...unknown[]][] = [
      ['connection', 'more'],
      ['chooseFiles'],
      ['chooseFiles', '../etc'],
      ['notify', { title: '', body: '', route: '/' }],
      ['notify', { title: 'a', body: 'b', route: 'https://example.org' }],
      ['notify', { title: 'a', body: 'b', route: '//example.org' }],
      ['notify', { title: 'a', body: 'b', route: '/', icon: '/etc/passwd' }],
    ];
    for (const [request, ...args] of malformed)
      await expect(ask(request, ...args)).rejects.toThrow(/something else than it takes/);
    expect(world.notifications).toEqual([]);
    expect([...world.handlers.keys()].sort()).toEqual(
      (['chooseFiles', 'chooseFolder', 'connection', 'notify'] as const).map(requestChannel),
    );
  });

  it('opens dialogs and notifications', async () => {
    await start();
    expect(await ask('chooseFiles', 'model')).toEqual([]);
    world.chosenFiles = ['/models/a.gguf'];
    expect(await ask('chooseFiles', 'model')).toEqual(['/models/a.gguf']);
    expect(await ask('chooseFolder')).toBe('/models/a.gguf');
    await ask('notify', { title: 's12', body: '24 done', route: '/sweeps/s12' });
    world.notifications[0]?.click();
    expect(window().isFocused).toBe(true);
    expect(world.sent).toContainEqual({ channel: messageChannel('navigate'), value: '/sweeps/s12' });
  });
});

describe('a second instance', () => {
  it('ends, and the first one comes to the front, at the place of its link', async () => {
    world.isFirstInstance = false;
    const { startShell } = await import('../../main/electron/shell.ts');
    startShell(() => {
      throw new Error('A second instance starts no host.');
    });
    await vi.waitUntil(() => world.hasQuit);
    expect(world.windows).toEqual([]);

    world.isFirstInstance = true;
    await start();
    world.app.emit('second-instance', {}, ['/opt/studio', 'tinylora://runs/r128?tab=charts']);
    expect(window()).toMatchObject({ isShown: true, isFocused: true });
    expect(world.sent).toContainEqual({ channel: messageChannel('navigate'), value: '/runs/r128?tab=charts' });
    const before = world.sent.length;
    world.app.emit('second-instance', {}, ['/opt/studio', 'tinylora:////example.org', 'https://example.org']);
    expect(world.sent.slice(before).filter(({ channel }) => channel === messageChannel('navigate'))).toEqual([]);
  });
});

describe('a host that dies', () => {
  it('is started again, with a word to the user, and the page finds it', async () => {
    await start();
    await hasStatus('ready');
    await killHost();
    await hasStatus('ready', 2);
    expect(statuses().map(({ state }) => state)).toEqual(['starting', 'ready', 'restarting', 'ready']);
    expect(world.notifications).toHaveLength(1);
    expect(world.notifications[0]?.body).toMatch(/started again/);
    HostConnection.parse(await ask('connection'));
    expect(world.hosts.length).toBeGreaterThan(1);
  });

  it('again and again is left alone until the page asks for it', async () => {
    await start();
    for (let times = 1; times <= 4; times++) {
      await hasStatus('ready', times);
      await killHost();
    }
    await hasStatus('failed');
    const started = world.hosts.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(world.hosts).toHaveLength(started);
    HostConnection.parse(await ask('connection'));
    expect(world.hosts.length).toBeGreaterThan(started);
  });

  it('before it listens is a sentence, not a window without words', async () => {
    world.onFork = (host) => void host.emit('exit', 1);
    await start();
    await hasStatus('failed');
    expect(statuses().at(-1)).toMatchObject({ message: expect.stringMatching(/host\.log/) as string });
    await expect(ask('connection')).rejects.toThrow(/host\.log/);
  });
});

describe('quitting', () => {
  it('without training ends the host and the app', async () => {
    await start();
    await hasStatus('ready');
    world.quit();
    await vi.waitUntil(() => world.hasQuit, { timeout: 60_000 });
    expect(world.dialogs).toEqual([]);
    expect(world.hosts[0]?.received).toEqual([{ type: 'stop' }]);
    expect(processes[0]?.exitCode).toBe(0);
  });

  it('while training asks; going back changes nothing', async () => {
    const client = await train();
    world.pressedButton = 2;
    world.quit();
    await vi.waitUntil(() => world.dialogs.length === 1);
    expect(world.dialogs[0]).toMatchObject({
      message: '1 run is training.',
      buttons: ['Keep running in the tray', 'Pause and quit', 'Go back'],
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(world.hasQuit).toBe(false);
    expect(client.isOpen).toBe(true);
    client.close();
  });

  it('while training can keep running in the tray, which brings the window back', async () => {
    const client = await train();
    world.pressedButton = 0;
    window().emit('close', preventable());
    await vi.waitUntil(() => world.trays.length === 1 && !window().isShown);
    expect(world.hasQuit).toBe(false);
    expect(world.blockers.size).toBe(1);
    expect((await client.call('listRuns', {})).map(({ state }) => state)).toEqual(['running']);
    world.trays[0]?.click();
    expect(window().isShown).toBe(true);
    client.close();
  });

  it('while training can pause, after the step under way', async () => {
    const client = await train();
    world.pressedButton = 1;
    world.quit();
    await vi.waitUntil(() => world.hasQuit, { timeout: 60_000 });
    expect(world.blockers.size).toBe(0);
    client.close();
    const later = await HostClient.connect(home);
    const [run] = await later.call('listRuns', {});
    expect(run?.state).toBe('paused');
    expect(run?.lastStep).toBeGreaterThan(0);
    process.kill(later.address.pid, 'SIGTERM');
    await later.closed;
  });

  it('leaves a host that somebody else started alone', async () => {
    const client = await HostClient.connect(home);
    await start();
    await hasStatus('ready');
    world.quit();
    await vi.waitUntil(() => world.hasQuit, { timeout: 60_000 });
    expect(client.isOpen).toBe(true);
    process.kill(client.address.pid, 'SIGTERM');
    await client.closed;
  });
});
