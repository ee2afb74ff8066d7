// Content keys: what makes two cells the same.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileHasher } from './file-hash.ts';
import { planSweep } from './sweep-plan.ts';
import type { PlannedSweep } from './sweep-plan.ts';
import { tinyGguf } from './gguf-fixture.ts';

const RECIPE = `name: demo
base:
  model: model.gguf
  adapter: { kind: tinylora }
  data: { train: train.jsonl, heldOut: held-out.jsonl }
  grader: { name: exact }
  steps: 5
  learningRate: 0.01
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-plan-'));
  await writeFile(join(folder, 'model.gguf'), tinyGguf());
  await writeFile(join(folder, 'train.jsonl'), '{"question":"1+1","answer":"2"}\n');
  await writeFile(join(folder, 'held-out.jsonl'), '{"question":"2+2","answer":"4"}\n');
});
afterEach(() => rm(folder, { recursive: true }));

async function plan(recipe: string, codeVersion = 'code', from = folder): Promise<PlannedSweep> {
  await writeFile(join(from, 'demo.yaml'), recipe);
  const hasher = new FileHasher(join(from, 'cache', 'hashes.json'));
  return planSweep(join(from, 'demo.yaml'), { resourcesFolder: '/nowhere', codeVersion, hasher });
}

it('removes cells that are the same', async () => {
  const sweep = await plan(`${RECIPE}grid: { learningRate: [0.01, 0.01, 0.02] }\n`);
  expect(sweep.cells.length).toBe(2);
  expect(sweep.duplicatesRemoved).toBe(1);
  expect(sweep.cells[0]).toMatchObject({ parameterCount: 7, runId: sweep.cells[0]?.key.slice(0, 12) });
});

it('keeps keys when the files move, and when settings are only written differently', async () => {
  const first = await plan(RECIPE);
  const moved = join(folder, 'moved');
  await mkdir(moved);
  for (const name of ['model.gguf', 'train.jsonl', 'held-out.jsonl'])
    await rename(join(folder, name), join(moved, name));
  const second = await plan(`${RECIPE.replace('0.01', '1e-2')}seeds: [0]\n`, 'code', moved);
  expect(second.cells.map(({ key }) => key)).toEqual(first.cells.map(({ key }) => key));
  expect(second.id).toBe(first.id);
});

it('changes keys with a setting, the code, the model and the data', async () => {
  const keys = new Set<string | undefined>();
  const add = async (recipe: string, code?: string): Promise<void> => {
    keys.add((await plan(recipe, code)).cells[0]?.key);
  };
  await add(RECIPE);
  await add(RECIPE.replace('steps: 5', 'steps: 6'));
  await add(RECIPE, 'other code');
  await writeFile(join(folder, 'held-out.jsonl'), '{"question":"2+3","answer":"5"}\n');
  await add(RECIPE);
  await writeFile(join(folder, 'model.gguf'), Buffer.concat([tinyGguf(), Buffer.alloc(1)]));
  await add(RECIPE);
  expect(keys.size).toBe(5);
});

it('names the key of a file that is missing', async () => {
  await expect(plan(RECIPE.replace('train.jsonl', 'gone.jsonl'))).rejects.toThrow(
    /demo\.yaml:5: `base\.data\.train` names .*gone\.jsonl, which cannot be read/,
  );
});

it('names the recipe that cannot be read', async () => {
  const hasher = new FileHasher(join(folder, 'hashes.json'));
  const missing = planSweep(join(folder, 'none.yaml'), { resourcesFolder: '/nowhere', codeVersion: 'code', hasher });
  await expect(missing).rejects.toThrow(/Cannot read the recipe .*none\.yaml/);
});
