// Recipes as files and as text: kept, checked with every problem's place, edited without losing a comment.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileHasher } from './file-hash.ts';
import { tinyGguf } from './gguf-fixture.ts';
import { RecipeLibrary, editRecipe } from './recipe-library.ts';

const TEXT = `# rates from validation
name: demo
base:
  model: model.gguf # small
  adapter: { kind: tinylora }
  data: { train: train.jsonl, heldOut: train.jsonl }
  grader: { name: exact }
  steps: 5
  learningRate: 0.01
`;

let folder: string;
let library: RecipeLibrary;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-recipes-'));
  library = new RecipeLibrary(join(import.meta.dirname, '..', '..', 'resources'), join(folder, 'recipes'));
  await writeFile(join(folder, 'model.gguf'), tinyGguf());
  await writeFile(join(folder, 'train.jsonl'), '{"question":"1+1","answer":"2"}\n');
});
afterEach(() => rm(folder, { recursive: true }));

function check(recipeText: string) {
  const folders = { resources: '/nowhere', models: folder, tasks: folder };
  const context = { folders, codeVersion: 'code', hasher: new FileHasher(join(folder, 'hashes.json')) };
  return library.check({ recipeText, baseFolder: folder }, context);
}

describe('checking', () => {
  it('finds nothing in a recipe that can run, and gives its content', async () => {
    const { recipe, problems } = await check(TEXT);
    expect([recipe?.['name'], problems]).toEqual(['demo', []]);
  });

  it('names line and key of every problem', async () => {
    const { problems } = await check(TEXT.replace('steps: 5', 'steps: -1').replace('0.01', '0') + 'seeds: [1, 2]\n');
    expect(problems.map(({ line, key }) => [line, key])).toEqual([
      [8, 'base.steps'],
      [9, 'base.learningRate'],
    ]);
    const keys = await check(`${TEXT}extra: 1\nmore: 2\n`);
    expect(keys.problems.map(({ line, key }) => [line, key])).toEqual([
      [10, 'extra'],
      [11, 'more'],
    ]);
    const yaml = await check(`${TEXT}grid: [\n`);
    expect(yaml.recipe).toBeNull();
    expect(yaml.problems).toHaveLength(1);
  });

  it('names the part of an axis rule that is wrong, and a file that is missing', async () => {
    const axis = await check(`${TEXT}grid: { learningRate: { range: { from: 1, to: 0, step: 1 } } }\n`);
    expect(axis.problems[0]).toMatchObject({
      key: 'grid.learningRate.range.to',
      message: expect.stringContaining('below') as string,
    });
    const missing = await check(TEXT.replace('model.gguf', 'gone.gguf'));
    expect(missing.problems[0]).toMatchObject({ line: 4, key: 'base.model' });
  });
});

describe('editing', () => {
  it('changes what it is told to, and keeps comments and order', () => {
    const edits = [
      { path: ['base', 'learningRate'], value: 0.05 },
      { path: ['base', 'adapter', 'nTie'], value: 17 },
      { path: ['grid', 'adapter.u'], value: [1, 2] },
      { path: ['base', 'grader'] },
    ];
    const text = editRecipe({ text: TEXT, edits });
    expect(text).toContain('# rates from validation');
    expect(text).toContain('model.gguf # small');
    expect(text).toContain('adapter: { kind: tinylora, nTie: 17 }');
    expect(text).toMatch(/learningRate: 0\.05\n/);
    expect(text).not.toContain('grader');
    expect(editRecipe({ text, edits: [] })).toBe(text);
  });
});

describe('keeping', () => {
  it('writes a recipe once, under another ending where the name is taken by another one', async () => {
    const source = { recipeText: TEXT, baseFolder: folder };
    const first = await library.keep(source);
    expect(first.path).toBe(join(folder, 'recipes', 'demo.yaml'));
    expect((await library.keep(source)).path).toBe(first.path);
    const other = await library.keep({ ...source, recipeText: TEXT.replace('steps: 5', 'steps: 6') });
    expect(other.path).toBe(join(folder, 'recipes', 'demo-2.yaml'));
    expect(await readFile(first.path, 'utf8')).toContain(join(folder, 'model.gguf'));
  });

  it('saves by name, and over another recipe only where told to', async () => {
    await library.save({ text: TEXT, baseFolder: folder, overwrite: false });
    const changed = { text: TEXT.replace('steps: 5', 'steps: 6'), baseFolder: folder };
    await expect(library.save({ ...changed, overwrite: false })).rejects.toMatchObject({ code: 'CONFLICT' });
    await library.save({ ...changed, overwrite: true });
    const saved = (await library.list()).filter(({ origin }) => origin === 'saved');
    expect(saved.map(({ name, problem }) => [name, problem])).toEqual([['demo', null]]);
    expect((await library.list()).filter(({ origin }) => origin === 'built-in').length).toBeGreaterThan(5);
  });
});
