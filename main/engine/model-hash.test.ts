// The model's hash and its memory.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { modelHash } from './model-hash.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-hash-'));
});
afterEach(() => rm(folder, { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('is remembered until the file changes', async () => {
  const path = join(folder, 'model.gguf');
  const cache = join(folder, 'cache');
  await writeFile(path, 'one');
  await utimes(path, 1000, 1000);
  expect(await modelHash(path, cache)).toBe(sha256('one'));
  // Same size and time: the memory answers, which shows that there is one.
  await writeFile(path, 'two');
  await utimes(path, 1000, 1000);
  expect(await modelHash(path, cache)).toBe(sha256('one'));
  await utimes(path, 2000, 2000);
  expect(await modelHash(path, cache)).toBe(sha256('two'));
  expect(await readdir(join(cache, 'model-hashes'))).toHaveLength(1);
});

it('says that a file is missing', async () => {
  await expect(modelHash(join(folder, 'none.gguf'), folder)).rejects.toThrow(/none\.gguf does not exist/);
});
