// Starts the host of a data folder as a Node process in the background. Runs in the command line and wherever Electron is not.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, errorMessage } from '../../contracts/app-error.ts';
import { HostStartup } from '../../contracts/host-protocol.ts';
import { childEnvironment } from '../core/child-environment.ts';
import { makeDataFolder } from '../core/data-folder.ts';
import type { DataFolderPaths } from '../core/data-folder.ts';

export const HOST_ENTRY = join(import.meta.dirname, '..', 'host', 'host.mjs');

export interface HostLauncher {
  /**
   * @returns true when a new host listens, false where another process owns the folder
   * Rejects with STORAGE or BAD_INPUT where the folder cannot be used, INTERNAL where the host dies without a word.
   */
  start(paths: DataFolderPaths): Promise<boolean>;
}

/** A host that outlives the process that started it. */
export class BackgroundHostLauncher implements HostLauncher {
  readonly #program: string;
  readonly #entry: string;

  constructor(program: string = process.execPath, entry: string = HOST_ENTRY) {
    this.#program = program;
    this.#entry = entry;
  }

  async start(paths: DataFolderPaths): Promise<boolean> {
    const log = openHostLog(paths);
    const child = spawn(this.#program, [this.#entry], {
      // A session of its own: Ctrl-C in the terminal is for the command, not for the host.
      detached: true,
      cwd: paths.home,
      env: { ...childEnvironment(), TINYLORA_HOME: paths.home },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const startup = await firstMessage(child);
    if (child.connected) child.disconnect();
    child.unref();
    return isOwner(startup);
  }
}

/** Where the output of a host goes. Throws STORAGE where the data folder cannot be written. */
export function openHostLog(paths: DataFolderPaths): number {
  try {
    makeDataFolder(paths);
    return openSync(join(paths.logs, 'host.log'), 'a', 0o600);
  } catch (error) {
    const remedy = 'free disk space, make it writable, or set TINYLORA_HOME to another folder.';
    throw new AppError('STORAGE', `Cannot use the data folder ${paths.home} (${errorMessage(error)}): ${remedy}`);
  }
}

/** Throws what a host that could not start says. */
export function isOwner(startup: HostStartup): boolean {
  if (startup.type === 'failed') throw new AppError(startup.code, startup.message);
  return startup.type === 'ready';
}

export function diedUnheard(): AppError {
  return new AppError('INTERNAL', "The host could not be started; host.log in the data folder's logs says why.");
}

async function firstMessage(child: ChildProcess): Promise<HostStartup> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(HostStartup.parse(message)));
    child.once('error', reject);
    // A channel that closes without a word: the process died. What was said before arrives before.
    child.once('disconnect', () => reject(diedUnheard()));
  });
}
