// The desktop app in a real Electron, with a look into its page and its main process. For the smoke test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inspected } from './inspected.mjs';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const UNCAUGHT = 'Uncaught in the main process:';

/** Waits until `look` answers with something; rejects, naming `what`, where it does not in time. */
export async function until(what, look, timeoutMs = START_TIMEOUT_MS) {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > deadlineMs) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await sleep(POLL_MS);
  }
}

/** A screen of its own where this machine has none. @returns {Promise<{ display: string | undefined, close: () => void }>} */
export async function screen() {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (process.platform !== 'linux' || DISPLAY || WAYLAND_DISPLAY) return { display: DISPLAY, close: () => undefined };
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const missing = new Promise((_resolve, reject) => server.once('error', reject));
  const [number] = await Promise.race([once(server.stdio[3], 'data'), missing]);
  return { display: `:${String(number).trim()}`, close: () => server.kill() };
}

export class ElectronApp {
  #process;
  #output = '';
  page;
  main;

  /** @param {{ program: string, args: string[], env: NodeJS.ProcessEnv }} options */
  constructor({ program, args, env }) {
    this.#process = spawn(program, ['--inspect=0', '--remote-debugging-port=0', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (chunk) => (this.#output += chunk));
    }
    this.ended = new Promise((resolve) => this.#process.once('exit', (code, signal) => resolve(signal ?? code)));
  }

  /** What the main process did not catch; null where it caught everything. */
  get uncaught() {
    const start = this.#output.indexOf(UNCAUGHT);
    return start < 0 ? null : this.#output.slice(start, start + 2000);
  }

  get output() {
    return this.#output;
  }

  /** Connects to page and main process. */
  async attach() {
    const find = (pattern) => until('Electron’s inspectors', () => this.#isAlive() && pattern.exec(this.#output));
    this.main = await Inspected.connect((await find(/Debugger listening on (ws:\S+)/))[1]);
    await until('the shell', () => this.main.evaluate('process.mainModule !== undefined'));
    // Else Electron opens a dialog about it, which nobody presses away.
    await this.inMain(`(process.on('uncaughtException', (error) => console.error('${UNCAUGHT}', error.stack)), true)`);
    const port = (await find(/DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/))[1];
    const url = await until('the page', async () => {
      const targets = await fetch(`http://127.0.0.1:${port}/json`).then((answer) => answer.json());
      return targets.find((target) => target.type === 'page' && target.url.startsWith('app:'))?.webSocketDebuggerUrl;
    });
    this.page = await Inspected.connect(url);
  }

  #isAlive() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
      throw new Error(`Electron ended: ${this.#output.slice(-2000)}`);
    }
    return true;
  }

  /** The value of an expression in the main process, in which `electron` is the module. */
  inMain(expression) {
    return this.main.evaluate(
      `(async () => { const electron = process.mainModule.require('electron'); return ${expression}; })()`,
    );
  }

  detach() {
    this.main.close();
    this.page.close();
  }

  kill() {
    this.#process.kill('SIGKILL');
  }
}
