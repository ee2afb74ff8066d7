// Names the code that decides what a run computes, by its content. Runs in the host.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { hasErrorCode } from '../../contracts/app-error.ts';

/** Folders and files whose content decides a run's result. Tools (score, export, …) and playground train nothing. */
const SOURCES = [
  'main/engine',
  'contracts/run-config.ts',
  'native/trainer/include',
  'native/trainer/src',
  'native/binding',
  'native/patches',
];
/** Where the sources are bundled, what they were when that was done. */
const STAMP = 'code-version.txt';
const SOURCE_FILE = /\.(ts|mjs|cpp|h|patch)$/;
const IGNORED = /(\.test|-fixtures?)\.ts$|^main\/engine\/(tool|playground)/;

const Package = z.object({ dependencies: z.record(z.string(), z.string()) });

async function filesBelow(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (hasErrorCode(error, 'ENOTDIR')) return [path];
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** SHA-256 over names and contents of the training code, in hex: part of every cell's key. */
export async function codeVersion(rootFolder: string): Promise<string> {
  const stamp = await readFile(join(rootFolder, STAMP), 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  });
  if (stamp !== null) return stamp.trim();
  const files = (await Promise.all(SOURCES.map((source) => filesBelow(join(rootFolder, source))))).flat();
  const names = files
    .map((file) => relative(rootFolder, file).split(sep).join('/'))
    .filter((name) => SOURCE_FILE.test(name) && !IGNORED.test(name))
    .sort();
  const hash = createHash('sha256');
  // It brings the kernels.
  const { dependencies } = Package.parse(JSON.parse(await readFile(join(rootFolder, 'package.json'), 'utf8')));
  hash.update(`node-llama-cpp ${dependencies['node-llama-cpp'] ?? ''}\0`);
  for (const name of names) {
    const content = await readFile(join(rootFolder, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
