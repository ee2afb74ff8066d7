// Paths and the names behind prefixes.
import { expect, it } from 'vitest';
import { missingFileRemedy, resolvePath } from './named-paths.ts';

const folders = { resources: '/app/resources', models: '/home/models', tasks: '/home/tasks' };

it.each([
  ['builtin:models/chain.gguf', '/app/resources/models/chain.gguf'],
  ['models:some.gguf', '/home/models/some.gguf'],
  ['data/train.jsonl', '/recipes/data/train.jsonl'],
  ['/data/held-out.jsonl', '/data/held-out.jsonl'],
])('%s is %s', async (stated, resolved) => {
  expect(await resolvePath(stated, '/recipes', folders)).toBe(resolved);
});

it('says how to get a file that is not there', () => {
  expect(missingFileRemedy('gone.gguf')).toMatch(/^give an absolute path/);
  expect(missingFileRemedy('models:other.gguf')).toBe('put the model there');
});
