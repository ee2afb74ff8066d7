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
  #saving: Promise<void> = Promise.resolve();

  /** @param cachePath JSON file that remembers hashes by path, size and times; made when first needed */
  constructor(cachePath: string) {
    this.#cachePath = cachePath;
  }

  /** What is remembered of the file as it is now; null where that would have to be read first. */
  async known(path: string): Promise<string | null> {
    return (await this.#look(path)).known;
  }

  /** In hex. Rejects with the file system's error where the file cannot be read. */
  async sha256(path: string): Promise<string> {
    const { file, known } = await this.#look(path);
    if (known !== null) return known;
    const sha256 = await hashFile(path);
    const cache = await this.#load();
    cache[path] = { ...file, sha256 };
    await this.#save(cache);
    return sha256;
  }

  async #look(path: string): Promise<{ file: Omit<HashCache[string], 'sha256'>; known: string | null }> {
    const { size: sizeBytes, mtimeMs: modifiedAtMs, ctimeMs: changedAtMs } = await stat(path);
    const known = (await this.#load())[path];
    const isSame =
      known?.sizeBytes === sizeBytes && known.modifiedAtMs === modifiedAtMs && known.changedAtMs === changedAtMs;
    return { file: { sizeBytes, modifiedAtMs, changedAtMs }, known: isSame ? known.sha256 : null };
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

  /** One after another: several files may be hashed at a time. */
  #save(cache: HashCache): Promise<void> {
    const save = async (): Promise<void> => {
      await mkdir(dirname(this.#cachePath), { recursive: true });
      const temporary = `${this.#cachePath}.new`;
      await writeFile(temporary, JSON.stringify(cache));
      await rename(temporary, this.#cachePath);
    };
    this.#saving = this.#saving.then(save, save);
    return this.#saving;
  }
}
