// SHA-256 of model and data files, read once for each version of a file. Runs in the host.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { hasErrorCode } from '../../contracts/app-error.ts';

/** Path → what the file was like when it was hashed. */
const HashCache = z.record(
  z.string(),
  z.strictObject({ sizeBytes: z.number(), modifiedAtMs: z.number(), changedAtMs: z.number(), sha256: z.string() }),
);
type HashCache = z.infer<typeof HashCache>;

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export class FileHasher {
  readonly #cachePath: string;
  #cache: HashCache | null = null;

  /** @param cachePath JSON file that remembers hashes by path, size and times; made when first needed */
  constructor(cachePath: string) {
    this.#cachePath = cachePath;
  }

  /** In hex. Rejects with the file system's error where the file cannot be read. */
  async sha256(path: string): Promise<string> {
    const { size: sizeBytes, mtimeMs: modifiedAtMs, ctimeMs: changedAtMs } = await stat(path);
    const cache = await this.#load();
    const known = cache[path];
    if (known?.sizeBytes === sizeBytes && known.modifiedAtMs === modifiedAtMs && known.changedAtMs === changedAtMs) {
      return known.sha256;
    }
    const sha256 = await hashFile(path);
    cache[path] = { sizeBytes, modifiedAtMs, changedAtMs, sha256 };
    await this.#save(cache);
    return sha256;
  }

  async #load(): Promise<HashCache> {
    if (this.#cache !== null) return this.#cache;
    let cache: HashCache = {};
    try {
      cache = HashCache.parse(JSON.parse(await readFile(this.#cachePath, 'utf8')));
    } catch (error) {
      // A damaged cache costs only the time to hash again.
      const damaged = error instanceof SyntaxError || error instanceof z.ZodError;
      if (!damaged && !hasErrorCode(error, 'ENOENT')) throw error;
    }
    this.#cache = cache;
    return cache;
  }

  async #save(cache: HashCache): Promise<void> {
    await mkdir(dirname(this.#cachePath), { recursive: true });
    const temporary = `${this.#cachePath}.new`;
    await writeFile(temporary, JSON.stringify(cache));
    await rename(temporary, this.#cachePath);
  }
}
