// `npm run test:real` where the real model is missing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

it('the tests on the real model say which file is missing, and are skipped', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinylora-no-model-'));
  try {
    // Seen through this link, the repository has nothing beside it.
    const repository = join(folder, 'repository');
    symlinkSync(resolve(import.meta.dirname, '..'), repository);
    const asLinked = ['--preserve-symlinks', '--preserve-symlinks-main'];
    const script = join(repository, 'scripts', 'test.mjs');
    const { status, stdout } = spawnSync(process.execPath, [...asLinked, script, '--real'], { encoding: 'utf8' });
    const model = join(folder, 'shared', 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf');
    expect(stdout).toContain(`Skipped: ${model} is missing; put `);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 0 failed, 1 skipped');
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
