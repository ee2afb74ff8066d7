// Content keys: what makes two cells the same.
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileHasher } from './file-hash.ts';
import { planSweep, readRecipe } from './sweep-plan.ts';
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

const folders = () => ({ resources: '/nowhere', models: join(folder, 'models'), tasks: join(folder, 'tasks') });

async function plan(recipe: string, codeVersion = 'code', from = folder): Promise<PlannedSweep> {
  await writeFile(join(from, 'demo.yaml'), recipe);
  const hasher = new FileHasher(join(from, 'cache', 'hashes.json'));
  return planSweep(await readRecipe(join(from, 'demo.yaml')), { folders: folders(), codeVersion, hasher });
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
  await expect(readRecipe(join(folder, 'none.yaml'))).rejects.toThrow(/Cannot read the recipe .*none\.yaml/);
});

const TASK_RECIPE = `name: demo
base:
  task: product
  model: model.gguf
  adapter: { kind: tinylora }
  steps: 5
  learningRate: 0.01
`;

it('writes the problems of a built-in task and gives the run their path', async () => {
  const sweep = await plan(TASK_RECIPE);
  const { train, heldOut } = sweep.cells[0]?.config.data ?? { train: '', heldOut: '' };
  expect(train).toMatch(/tasks\/product-train-[0-9a-f]{12}\.jsonl$/);
  expect(await readFile(heldOut, 'utf8')).toMatch(/^\{"question":"What is \d+ \* \d+\?","answer":"\d+"/);
  const elsewhere = await plan(`${TASK_RECIPE}  data: { heldOut: task:product/validation }\n`);
  expect(elsewhere.cells[0]?.key).not.toBe(sweep.cells[0]?.key);
});

it('names the key of a task or model that there is not, and how to get the model', async () => {
  const broken = `${TASK_RECIPE}  data: { heldOut: task:product/test }\n`;
  await expect(plan(broken)).rejects.toThrow(
    /demo\.yaml:8: `base\.data\.heldOut` is not valid: task:product\/test names/,
  );
  const without = (name: string) => plan(TASK_RECIPE.replace('model.gguf', `models:${name}`));
  await expect(without('SmolLM2-135M-Instruct.Q4_1.gguf')).rejects.toThrow(
    /demo\.yaml:4: `base\.model` names .*models\/SmolLM2.*; put it there: it is in .* on Hugging Face\.$/,
  );
  await expect(without('SmolLM2-135M-Instruct.BF16.gguf')).rejects.toThrow(
    /make it with `tinylora convert models:\S+Q4_1\.gguf --type bf16 --out models:\S+BF16\.gguf`/,
  );
});
