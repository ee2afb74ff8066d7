// Checkpoints: round trip, identity, and what happens when the newest is torn.
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from './checkpoint.ts';
import { readCheckpoint, runKey, writeCheckpoint } from './checkpoint.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const checkpoint = (step: number): Checkpoint => ({
  step,
  dataCursor: step * 4,
  runKey: 'key',
  optimiserStep: step,
  params: Float32Array.of(step, -0, 1e-40),
  firstMoment: Float32Array.of(0.1, 0.2, 0.3),
  secondMoment: Float32Array.of(Math.PI, 5, 6),
});
const expected = { runKey: 'key', parameterCount: 3 };

describe('checkpoint', () => {
  it('comes back bit for bit', async () => {
    await writeCheckpoint(folder, checkpoint(3));
    const read = await readCheckpoint(folder, expected);
    expect(read).toEqual(checkpoint(3));
    expect(Object.is(read?.params[1], -0)).toBe(true);
  });

  it('is absent at first', async () => {
    expect(await readCheckpoint(folder, expected)).toBeNull();
  });

  it.each([
    ['torn', async (path: string) => truncate(path, 60)],
    ['missing', async (path: string) => rm(path)],
    ['empty', async (path: string) => truncate(path, 0)],
    [
      'altered in one bit',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 3]! ^= 1;
        await writeFile(path, bytes);
      },
    ],
  ])('falls back to the previous one where the newest is %s', async (_, damage) => {
    await writeCheckpoint(folder, checkpoint(3));
    await writeCheckpoint(folder, checkpoint(4));
    await damage(join(folder, 'checkpoint.bin'));
    expect((await readCheckpoint(folder, expected))?.step).toBe(3);
  });

  it('refuses another configuration, naming the folder', async () => {
    await writeCheckpoint(folder, checkpoint(3));
    const read = readCheckpoint(folder, { ...expected, runKey: 'other' });
    await expect(read).rejects.toThrow(/tinylora-checkpoint-\w+ belongs to another configuration/);
    await expect(read).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('leaves no temporary file', async () => {
    await writeCheckpoint(folder, checkpoint(1));
    await writeCheckpoint(folder, checkpoint(2));
    expect((await readdir(folder)).sort()).toEqual(['checkpoint.bin', 'checkpoint.previous.bin']);
  });
});

it('runKey depends on values and not on the order of keys', () => {
  expect(runKey({ a: 1, b: { c: 2, d: 3 } })).toBe(runKey({ b: { d: 3, c: 2 }, a: 1 }));
  expect(runKey({ a: 1 })).not.toBe(runKey({ a: 2 }));
});
