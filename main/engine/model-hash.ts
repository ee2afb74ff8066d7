// SHA-256 of a model file, remembered by path, size and time of change. Runs in the engine and tool processes.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { BadInputError } from './bad-input.ts';

const Remembered = z.strictObject({
  path: z.string(),
  sizeBytes: z.int(),
  modifiedMs: z.number(),
  sha256: z.string().length(64),
});

/** Hash of the file's bytes in hex; a file that has not changed is read once. */
export async function modelHash(path: string, cacheFolder: string): Promise<string> {
  let resolved: string;
  try {
    resolved = await realpath(path);
  } catch {
    throw new BadInputError(`Model file ${path} does not exist; give the path of a GGUF file`);
  }
  const { size: sizeBytes, mtimeMs: modifiedMs } = await stat(resolved);
  const folder = join(cacheFolder, 'model-hashes');
  const file = join(folder, `${createHash('sha256').update(resolved).digest('hex').slice(0, 32)}.json`);
  const known = await readRemembered(file);
  if (known?.path === resolved && known.sizeBytes === sizeBytes && known.modifiedMs === modifiedMs) return known.sha256;

  const hash = createHash('sha256');
  await pipeline(createReadStream(resolved, { highWaterMark: 1 << 20 }), hash);
  const sha256 = hash.digest('hex');
  await mkdir(folder, { recursive: true });
  // Another process may write the same file now: each renames its own into place.
  const temporary = `${file}.${process.pid}`;
  await writeFile(
    temporary,
    JSON.stringify({ path: resolved, sizeBytes, modifiedMs, sha256 } satisfies z.infer<typeof Remembered>),
  );
  await rename(temporary, file);
  return sha256;
}

async function readRemembered(file: string): Promise<z.infer<typeof Remembered> | null> {
  try {
    return Remembered.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Missing or torn: the hash is computed again.
    return null;
  }
}
