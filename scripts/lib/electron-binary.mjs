// Finds Electron's program, without downloading it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './process.mjs';

const PACKAGE_FOLDER = join(repositoryRoot, 'node_modules', 'electron');

/**
 * The one that ELECTRON_OVERRIDE_DIST_PATH or the package `electron` has; null where there is none.
 * @returns {string | null}
 */
export function electronBinary() {
  const pathFile = join(PACKAGE_FOLDER, 'path.txt');
  const program = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : defaultProgram();
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(PACKAGE_FOLDER, 'dist');
  const path = join(folder, program);
  return existsSync(path) ? path : null;
}

function defaultProgram() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}
