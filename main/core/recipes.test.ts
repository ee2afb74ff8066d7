// The recipes that come with the program: each expands, and its adapters train as many numbers as their labels say.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModuleType } from '../../contracts/run-config.ts';
import { parameterCount } from './parameter-count.ts';
import { RecipeFile, expandRecipe } from './recipe-file.ts';
import type { ExpandedCell } from './recipe-file.ts';

const FOLDER = resolve(import.meta.dirname, '../../resources/recipes');
const LAYERS = 30;

/** The seven modules of SmolLM2-135M's 30 layers. */
const smolLm2 = {
  tensors: Array.from({ length: LAYERS }, (_, layer) =>
    ModuleType.options.map((type) => ({ name: `blk.${layer}.${type}.weight`, shape: [576, 576] })),
  ).flat(),
};

function cellsOf(name: string): ExpandedCell[] {
  return expandRecipe(new RecipeFile(name, readFileSync(join(FOLDER, name), 'utf8')));
}

const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

describe('recipes', () => {
  it.each(names)('%s has its own name and expands', (name) => {
    expect(new RecipeFile(name, readFileSync(join(FOLDER, name), 'utf8')).recipe.name).toBe(name.replace('.yaml', ''));
    expect(cellsOf(name).length).toBeGreaterThan(0);
  });

  it.each(names.filter((name) => !name.startsWith('demo')))('%s trains the numbers that its labels say', (name) => {
    for (const { label, config } of cellsOf(name)) {
      const expected = /TinyLoRA (\d+)/.exec(label)?.[1];
      const count = parameterCount(smolLm2, config.adapter, name);
      if (expected !== undefined) expect(count, label).toBe(Number(expected));
      if (/TinyLoRA u 4|LoRA-XS r 2/.test(label)) expect(count, label).toBe(840);
    }
  });
});
