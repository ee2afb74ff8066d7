// The doctor's tiny piece of work, on the device that every machine has.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { repositoryRoot } from '../native-fixtures.ts';
import { probe } from './probe.ts';

const cacheFolder = mkdtempSync(join(tmpdir(), 'tinylora-probe-'));
afterAll(() => rmSync(cacheFolder, { recursive: true }));

const session = {
  modelPath: join(repositoryRoot, 'resources', 'models', 'chain.gguf'),
  cacheFolder,
  device: 'cpu' as const,
  threads: 1,
  numerics: 'native' as const,
};
const context = { progress: () => undefined, warn: () => undefined };

it('samples and differentiates the built-in model, and says where and how long', async () => {
  const { backend, durationMs } = await probe({ session }, context);
  expect(backend).toMatch(/CPU/);
  expect(durationMs).toBeGreaterThan(0);
});

it('fails where the model cannot be opened', async () => {
  const modelPath = join(cacheFolder, 'none.gguf');
  await expect(probe({ session: { ...session, modelPath } }, context)).rejects.toThrow(/none\.gguf/);
});
