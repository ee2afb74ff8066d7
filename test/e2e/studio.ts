// A real host on a temporary data folder, the built window in Chromium, and what must not happen there. Runs under vitest.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { HostAddress } from '../../contracts/host-protocol.ts';
import { dataFolderPaths } from '../../main/core/data-folder.ts';

const repositoryRoot = join(import.meta.dirname, '..', '..');
const CHROMIUM = process.env['TINYLORA_CHROMIUM'] ?? '/usr/bin/chromium';
const HOST_START_MS = 20_000;
const POLL_MS = 50;

/** Why these tests cannot run here; null where they can. */
export const E2E_MISSING = !existsSync(join(repositoryRoot, 'build', 'renderer', 'index.html'))
  ? 'build/renderer is missing: run `npm run build:app`.'
  : !existsSync(CHROMIUM)
    ? `${CHROMIUM} is missing: install Chromium, or name one in TINYLORA_CHROMIUM.`
    : null;

/** Sizes that every screen is looked at in. */
export const VIEWPORTS = [
  { width: 900, height: 700 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;

export interface StudioOptions {
  /** A data folder to go on with; a temporary one, removed by `close`, where it is left out. */
  home?: string;
  environment?: NodeJS.ProcessEnv;
  /** A module that the host loads first and that talks through its stdin and stdout. */
  probe?: string;
}

/** A host that serves the window. */
export class Studio {
  readonly home: string;
  readonly #isTemporary: boolean;
  readonly #options: StudioOptions;
  readonly #browser: Browser;
  #host: ChildProcess;

  private constructor(home: string, host: ChildProcess, browser: Browser, options: StudioOptions) {
    this.home = home;
    this.#host = host;
    this.#browser = browser;
    this.#isTemporary = options.home === undefined;
    this.#options = options;
  }

  static async start(options: StudioOptions = {}): Promise<Studio> {
    const home = options.home ?? (await mkdtemp(join(tmpdir(), 'tinylora-e2e-')));
    const host = startHost(home, options);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const studio = new Studio(home, host, browser, options);
    await studio.address();
    return studio;
  }

  /** Waits until the host listens. */
  async address(): Promise<HostAddress> {
    const deadlineMs = Date.now() + HOST_START_MS;
    for (;;) {
      const address = await readAddress(this.home);
      if (address !== null && address.pid === this.#host.pid) return address;
      if (this.#host.exitCode !== null) throw new Error(`The host ended with exit code ${this.#host.exitCode}.`);
      if (Date.now() > deadlineMs) throw new Error(`No host listens for ${this.home}.`);
      await sleep(POLL_MS);
    }
  }

  /** The process, for what talks to its probe. */
  get host(): ChildProcess {
    return this.#host;
  }

  /** As a crash would; `startAgain` brings the next one. */
  async killHost(): Promise<void> {
    const ended = once(this.#host, 'exit');
    this.#host.kill('SIGKILL');
    await ended;
  }

  async startAgain(): Promise<void> {
    this.#host = startHost(this.home, this.#options);
    await this.address();
  }

  /** A window of its own: own session, own storage. */
  async openWindow(path = '/', options: Parameters<Browser['newContext']>[0] = {}): Promise<StudioWindow> {
    const { port, token } = await this.address();
    const context = await this.#browser.newContext({ viewport: VIEWPORTS[1], locale: 'en-GB', ...options });
    const window = await StudioWindow.open(context, `http://127.0.0.1:${port}`);
    await window.page.goto(`http://127.0.0.1:${port}${path}#token=${token}`);
    await window.page.getByRole('heading', { level: 1 }).waitFor();
    return window;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    if (this.#host.exitCode === null && this.#host.signalCode === null) {
      const ended = once(this.#host, 'exit');
      this.#host.kill('SIGTERM');
      await ended;
    }
    if (this.#isTemporary) await rm(this.home, { recursive: true, force: true });
  }
}

/** One browser window, and what went wrong in it. */
export class StudioWindow {
  readonly page: Page;
  /** Errors on the console, uncaught errors, and requests that left the origin; to be empty. */
  readonly problems: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.#context = context;
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.problems.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => this.problems.push(error.message));
    const allowed = [origin, origin.replace(/^http/, 'ws'), 'blob:', 'data:'];
    const check = (url: string) => {
      if (!allowed.some((start) => url.startsWith(start))) this.problems.push(`foreign request: ${url}`);
    };
    page.on('request', (request) => check(request.url()));
    page.on('websocket', (socket) => check(socket.url()));
  }

  static async open(context: BrowserContext, origin: string): Promise<StudioWindow> {
    return new StudioWindow(context, await context.newPage(), origin);
  }

  /**
   * Violations of WCAG A and AA and of axe's best practices, each with the elements concerned.
   * @param rules by axe's ids; all of them where they are left out
   */
  async accessibilityViolations(rules?: readonly string[]): Promise<string[]> {
    const axe = new AxeBuilder({ page: this.page });
    const { violations } = await (rules === undefined ? axe : axe.withRules([...rules])).analyze();
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }

  /** Whether nothing lies beyond the window's right edge. */
  async fitsItsWidth(): Promise<boolean> {
    return this.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  }

  /** Chooses a scheme through the palette, as a user does. */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press('Control+k');
    await this.page.getByRole('combobox').fill(title);
    await this.page.getByRole('option', { name: title }).first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Writes build/screenshots/NAME.png. */
  async screenshot(name: string): Promise<void> {
    const folder = join(repositoryRoot, 'build', 'screenshots');
    await mkdir(folder, { recursive: true });
    await this.page.evaluate(() => document.fonts.ready.then(() => undefined));
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}

function startHost(home: string, { environment = {}, probe }: StudioOptions): ChildProcess {
  const host = join(repositoryRoot, 'main', 'host', 'host.mjs');
  return spawn(process.execPath, [...(probe === undefined ? [] : ['--import', probe]), host], {
    env: { ...process.env, TINYLORA_IDLE_GRACE_MS: '600000', ...environment, TINYLORA_HOME: home },
    stdio: probe === undefined ? ['ignore', 'ignore', 'inherit'] : ['pipe', 'pipe', 'inherit'],
  });
}

async function readAddress(home: string): Promise<HostAddress | null> {
  try {
    return HostAddress.parse(JSON.parse(await readFile(dataFolderPaths(home).address, 'utf8')));
  } catch {
    return null;
  }
}
