// The built preload in the real page, in Chromium: the renderer runs over the desktop bridge, whose requests the real shell
// answers. Only Electron's own transport between the two is replaced.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DESKTOP_BRIDGE_NAME, messageChannel, requestChannel } from '../../contracts/desktop-channels.ts';
import { readAddress } from '../../main/client/host-client.ts';
import { buildShell } from '../../scripts/lib/build-shell.mjs';
import { E2E_MISSING } from '../e2e/studio.ts';
import { electronDouble, World } from './electron-double.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CHROMIUM = process.env['TINYLORA_CHROMIUM'] ?? '/usr/bin/chromium';
/** What a sandboxed preload may require, by what the test binds to the page. */
const SHIM = `
const listeners = new Map();
const tellPreload = (channel, value) => listeners.get(channel)?.({}, value);
globalThis.tellPreload = tellPreload;
const require = (name) => {
  if (name !== 'electron') throw new Error('module not found: ' + name);
  return {
    contextBridge: { exposeInMainWorld: (name, api) => { globalThis[name] = api; } },
    ipcRenderer: {
      invoke: async (channel, ...args) => {
        const { error, value } = await globalThis.invokeShell(channel, args);
        if (error !== undefined) throw new Error(error);
        return value;
      },
      on: (channel, listener) => listeners.set(channel, listener),
    },
    webUtils: { getPathForFile: (file) => '/dropped/' + file.name },
  };
};`;

describe.skipIf(E2E_MISSING !== null)(`the built preload${E2E_MISSING === null ? '' : ` (${E2E_MISSING})`}`, () => {
  let folder: string;
  let world: World;
  let browser: Browser;
  let page: Page;
  let host: ChildProcess;
  const problems: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tinylora-preload-'));
    vi.stubEnv('TINYLORA_HOME', join(folder, 'home'));
    await buildShell({ folder: join(folder, 'app') });
    host = spawn(process.execPath, [join(ROOT, 'main', 'cli', 'tinylora.mjs'), 'serve'], { stdio: 'ignore' });
    const addressFile = join(folder, 'home', 'host.json');
    await vi.waitUntil(() => existsSync(addressFile), { timeout: 60_000 });
    const address = await readAddress(addressFile);

    world = new World();
    world.userData = folder;
    vi.doMock('electron', () => electronDouble(world));
    const { startShell } = await import('../../main/electron/shell.ts');
    startShell(() => {
      throw new Error('The shell joins the host that runs.');
    });
    await vi.waitUntil(() => world.windows.length === 1);

    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.exposeFunction('invokeShell', (channel: string, args: unknown[]) =>
      world.invoke(channel, world.windows[0]?.webContents.mainFrame, ...args).then(
        (value) => ({ value }),
        (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
      ),
    );
    const preload = await readFile(join(folder, 'app', 'preload', 'preload.cjs'), 'utf8');
    await page.addInitScript({ content: `(() => {${SHIM}\n${preload}\n})();` });
    // Without the token that a browser needs.
    await page.goto(`http://127.0.0.1:${address?.port}/`);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    const ended = new Promise((resolve) => host.once('exit', resolve));
    host.kill('SIGTERM');
    await ended;
    vi.doUnmock('electron');
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  /** Calls a member of the bridge as the page would. */
  const onBridge = (expression: string): Promise<unknown> => page.evaluate(`${DESKTOP_BRIDGE_NAME}.${expression}`);

  it('gives the page one object with what the contract says, and nothing of Electron', async () => {
    expect(await page.evaluate(`Object.keys(${DESKTOP_BRIDGE_NAME}).sort()`)).toEqual([
      'chooseFiles',
      'chooseFolder',
      'connection',
      'notify',
      'onHostStatus',
      'onNavigate',
      'pathOfFile',
    ]);
    expect(await page.evaluate('typeof require + typeof process + typeof ipcRenderer')).toBe('undefined'.repeat(3));
  });

  it('connects the page to the host, without a token in its address', async () => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('contentinfo').getByText('Nothing is running').waitFor();
    expect(problems).toEqual([]);
  });

  it('carries what the shell answers, and its sentences without Electron’s prefix', async () => {
    world.chosenFiles = ['/models/a.gguf'];
    expect(await onBridge("chooseFiles('model')")).toEqual(['/models/a.gguf']);
    expect(await onBridge("pathOfFile({ name: 'b.gguf' })")).toBe('/dropped/b.gguf');
    expect(await onBridge("notify({ title: 's12', body: 'done', route: '/sweeps/s12' })")).toBeNull();
    expect(world.notifications).toMatchObject([{ title: 's12', body: 'done' }]);
    expect(await onBridge("chooseFiles('secrets').catch((error) => error.message)")).toBe(
      'chooseFiles was asked with something else than it takes.',
    );
    await expect(world.invoke(requestChannel('connection'), null)).rejects.toThrow(/own page only/);
  });

  it('hands over what the shell says, to those who come later too', async () => {
    const tell = (channel: string, value: unknown): Promise<unknown> =>
      page.evaluate(
        ([name, said]) =>
          (globalThis as unknown as Record<string, (...args: unknown[]) => void>)['tellPreload']?.(name, said),
        [channel, value] as const,
      );
    await tell(messageChannel('hostStatus'), { state: 'restarting', message: 'one moment' });
    const latest = `new Promise((resolve) => ${DESKTOP_BRIDGE_NAME}.onHostStatus(resolve))`;
    expect(await page.evaluate(latest)).toEqual({ state: 'restarting', message: 'one moment' });
    await page.evaluate(`${DESKTOP_BRIDGE_NAME}.onNavigate((route) => { globalThis.lastRoute = route; })`);
    await tell(messageChannel('navigate'), '/runs');
    expect(await page.evaluate('globalThis.lastRoute')).toBe('/runs');
  });
});
