// Configurations after the program or the data folder was moved.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RunConfig } from '../../contracts/run-config.ts';
import { SqliteStore } from '../store/store.ts';
import { followFolders } from './moved-folders.ts';

it('follow what was moved, and leave all other files and texts where they are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinylora-moved-'));
  const store = new SqliteStore(join(folder, 'tinylora.db'));
  const before = { resources: join(folder, 'one "app"'), models: join(folder, 'models'), tasks: join(folder, 'tasks') };
  followFolders(store, before);
  const config = RunConfig.parse({
    model: join(before.resources, 'models', 'chain.gguf'),
    adapter: { kind: 'tinylora' },
    data: { train: join(before.tasks, 'train.jsonl'), heldOut: '/home/me/held-out.jsonl' },
    prompt: { kind: 'plain', text: `see ${before.resources}/x {question}` },
    grader: { name: 'exact' },
    steps: 3,
    learningRate: 0.01,
  });
  const sweep = { id: 'sweep', name: 'demo', description: '', recipePath: '/demo.yaml', recipeText: '' };
  const cell = {
    key: 'a',
    runId: 'a',
    label: 'a',
    role: 'cell' as const,
    modelHash: 'f'.repeat(64),
    parameterCount: 1,
  };
  store.sweeps.save(sweep, [{ ...cell, config }]);

  followFolders(store, before);
  expect(store.runs.find('a')?.config).toEqual(config);
  const now = { ...before, resources: join(folder, 'two'), tasks: join(folder, 'one "app"') };
  followFolders(store, now);
  expect(store.runs.find('a')?.config).toEqual({
    ...config,
    model: join(now.resources, 'models', 'chain.gguf'),
    data: { train: join(now.tasks, 'train.jsonl'), heldOut: '/home/me/held-out.jsonl' },
  });
  store.close();
  rmSync(folder, { recursive: true });
});
