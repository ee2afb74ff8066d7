// What names the training code: its content, and nothing beside it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { codeVersion } from './code-version.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tinylora-code-'));
  await write('package.json', '{"dependencies":{"node-llama-cpp":"3.21.1"}}');
  await write('main/engine/grpo.ts', 'export const a = 1;');
  await write('native/trainer/src/model.cpp', 'int a;');
});
afterEach(() => rm(root, { recursive: true }));

async function write(name: string, content: string): Promise<void> {
  await mkdir(join(root, dirname(name)), { recursive: true });
  await writeFile(join(root, name), content);
}

it('changes with training code and kernels only', async () => {
  const before = await codeVersion(root);
  await write('main/engine/grpo.test.ts', 'test');
  await write('main/engine/tools/score.ts', 'tool');
  await write('main/cli/main.ts', 'command');
  expect(await codeVersion(root)).toBe(before);

  const versions = new Set([before]);
  await write('native/trainer/src/model.cpp', 'int b;');
  versions.add(await codeVersion(root));
  await write('main/engine/graders/boxed.ts', '');
  versions.add(await codeVersion(root));
  await write('package.json', '{"dependencies":{"node-llama-cpp":"3.22.0"}}');
  versions.add(await codeVersion(root));
  expect(versions.size).toBe(4);
});

it('is what the bundle says where there are no sources', async () => {
  await write('code-version.txt', 'abc\n');
  expect(await codeVersion(root)).toBe('abc');
});
