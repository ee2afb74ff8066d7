// A host that ends while its store is being checked ends whole: no timer stays, and nothing is backed up any more.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Backups } from './backups.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-backups-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('stopped during the check', async () => {
  let finishCheck: (damage: string | null) => void = () => undefined;
  const source = {
    backUp: (path: string) => writeFile(path, 'copy'),
    findDamage: () => new Promise<string | null>((resolve) => (finishCheck = resolve)),
  };
  const backups = new Backups(source, folder);
  const before = timers();
  const started = backups.start();
  await backups.stop();
  finishCheck(null);
  await started;
  expect(timers()).toBe(before);
  expect(await readdir(folder)).toEqual([]);
});

test('left alone, it backs up at once', async () => {
  const source = { backUp: (path: string) => writeFile(path, 'copy'), findDamage: () => Promise.resolve(null) };
  const backups = new Backups(source, folder);
  await backups.start();
  expect(await readdir(folder)).toHaveLength(1);
  expect(backups.integrity.damage).toBeNull();
  await backups.stop();
});
