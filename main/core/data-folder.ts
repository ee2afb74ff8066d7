// Where a data folder lies and what is in it. Used by host and clients.
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { hasErrorCode } from '../../contracts/app-error.ts';

const APPLICATION = 'tinylora-studio';

/** TINYLORA_HOME, else the platform's folder for application data. */
export function dataFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = environment['TINYLORA_HOME'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', APPLICATION);
  if (platform === 'win32') return join(environment['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), APPLICATION);
  const dataHome = environment['XDG_DATA_HOME'];
  return join(dataHome !== undefined && dataHome !== '' ? dataHome : join(homedir(), '.local', 'share'), APPLICATION);
}

export interface DataFolderPaths {
  home: string;
  database: string;
  /** Held by the owning host for as long as it lives. */
  lock: string;
  /** Where the host listens, with its token. */
  address: string;
  /** One folder a run: checkpoints and records, written by the engine. */
  runs: string;
  /** Models that recipes name by `models:`; the user puts them there. */
  models: string;
  /** Recipes that were saved, or started without being a file. */
  recipes: string;
  /** Problems of the built-in tasks, written when first needed. */
  tasks: string;
  /** Model hashes and bases: may be deleted at any time. */
  cache: string;
  logs: string;
  /** Data files that a browser uploaded. */
  data: string;
  /** Copies of the database. */
  backups: string;
}

export function dataFolderPaths(home: string): DataFolderPaths {
  return {
    home,
    database: join(home, 'tinylora.db'),
    lock: join(home, 'host.lock'),
    address: join(home, 'host.json'),
    runs: join(home, 'runs'),
    models: join(home, 'models'),
    recipes: join(home, 'recipes'),
    tasks: join(home, 'tasks'),
    cache: join(home, 'cache'),
    logs: join(home, 'logs'),
    data: join(home, 'data'),
    backups: join(home, 'backups'),
  };
}

/**
 * Makes the data folder and what belongs into it, where missing; prompts and results may be private, so for the owner
 * alone. Throws the file system's error.
 */
export function makeDataFolder(paths: DataFolderPaths): void {
  for (const folder of [paths.home, paths.runs, paths.models, paths.cache, paths.logs]) makeFolder(folder);
}

/** For the owner alone. Not Node's `recursive`: that never returns where a parent exists but takes no folders, such as /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
}
