// A host that belongs to the process that started it: it stays for as long as that one and ends when told. The kind of
// process is behind an interface. Runs in `tinylora serve` and in the desktop shell.
import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import type { HostControl } from '../../contracts/host-protocol.ts';
import { HostStartup } from '../../contracts/host-protocol.ts';
import { childEnvironment } from '../core/child-environment.ts';
import { makeDataFolder } from '../core/data-folder.ts';
import type { DataFolderPaths } from '../core/data-folder.ts';
import { diedUnheard, HOST_ENTRY, isOwner } from './host-launcher.ts';
import type { HostLauncher } from './host-launcher.ts';

/** The engine's step gets this long to end before the host is killed. */
const STOP_PATIENCE_MS = 10_000;

/** A process that runs the host, whoever made it. */
export interface HostProcess {
  onMessage(listener: (message: unknown) => void): void;
  /** Once, when it has ended or could not be started. */
  onExit(listener: () => void): void;
  send(control: HostControl): void;
  kill(): void;
}

/** @param args the host's command line */
export type HostProcessStarter = (paths: DataFolderPaths, args: string[]) => HostProcess;

export class AttendedHost implements HostLauncher {
  readonly #startProcess: HostProcessStarter;
  readonly #args: string[];
  #running: { process: HostProcess; ended: Promise<void> } | null = null;

  /** @param args what the host's command line says beside `--attended` */
  constructor(startProcess: HostProcessStarter, args: string[] = []) {
    this.#startProcess = startProcess;
    this.#args = args;
  }

  /** Whether the data folder's host is this one, not somebody else's. */
  get isOwner(): boolean {
    return this.#running !== null;
  }

  async start(paths: DataFolderPaths): Promise<boolean> {
    makeDataFolder(paths);
    const child = this.#startProcess(paths, ['--attended', ...this.#args]);
    const ended = new Promise<void>((resolve) => child.onExit(resolve));
    const startup = await new Promise<HostStartup>((resolve, reject) => {
      child.onMessage((message) => {
        const parsed = HostStartup.safeParse(message);
        if (parsed.success) resolve(parsed.data);
      });
      void ended.then(() => reject(diedUnheard()));
    });
    if (!isOwner(startup)) return false;
    const running = { process: child, ended };
    this.#running = running;
    void ended.then(() => {
      if (this.#running === running) this.#running = null;
    });
    return true;
  }

  /** Ends the host, if it is ours: its run goes on with the next one. */
  async stop(): Promise<void> {
    if (this.#running === null) return;
    const { process: child, ended } = this.#running;
    child.send({ type: 'stop' });
    const patience = setTimeout(() => child.kill(), STOP_PATIENCE_MS);
    await ended;
    clearTimeout(patience);
  }
}

/**
 * The host as a child process of Node.
 * @param program a Node of at least 22.14
 * @param output where the host's standard output and error go
 */
export function nodeHostProcess(program: string, output: (paths: DataFolderPaths) => StdioOptions): HostProcessStarter {
  return (paths, args) => {
    const child = spawn(program, [HOST_ENTRY, ...args], {
      cwd: paths.home,
      env: { ...childEnvironment(), TINYLORA_HOME: paths.home },
      stdio: output(paths),
    });
    return {
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => {
        // `exit` may come before what was sent has arrived; a process that could not be started has no `close`.
        child.once('close', listener);
        child.once('error', () => {
          if (child.pid === undefined) listener();
        });
      },
      send: (control) => {
        if (child.connected) child.send(control, () => undefined);
      },
      kill: () => void child.kill('SIGKILL'),
    };
  };
}
