// What a sweep is warned of before it starts.
import { expect, test } from 'vitest';
import { RunConfig } from '../../contracts/run-config.ts';
import { directionWarnings, diskWarning, memoryWarning } from './preflight-warnings.ts';

const GIB = 2 ** 30;
const config = (adapter: object, more: object = {}): RunConfig =>
  RunConfig.parse({
    model: 'm.gguf',
    adapter,
    data: { train: 'a.jsonl', heldOut: 'b.jsonl' },
    grader: { name: 'exact' },
    ...{ steps: 1, learningRate: 0.01, promptsPerStep: 64, samplesPerPrompt: 8 },
    ...more,
  });

test('memory is compared with the device, and fewer sequences are offered', () => {
  const plain = config({ kind: 'none' });
  expect(memoryWarning(23 * GIB, 24 * GIB, plain)).toBeNull();
  expect(memoryWarning(null, 24 * GIB, plain)).toBeNull();
  expect(memoryWarning(26.4 * GIB, 24 * GIB, plain)).toMatchObject({
    message: 'Needs 26.4 of 24.0 GiB.',
    changes: { 'engine.maxSequences': 256 },
  });
  const few = config({ kind: 'none' }, { engine: { maxSequences: 1 } });
  expect(memoryWarning(26 * GIB, 24 * GIB, few)?.changes).toEqual({ 'engine.maxSequences': 1 });
});

test('disk', () => {
  expect(diskWarning(1e9, 2e9)).toBeNull();
  expect(diskWarning(3e9, 2e9)?.message).toBe('Needs 3.0 GB of disk; 2.0 GB are free.');
});

test('more numbers than directions are named once for equal settings', () => {
  const redundant = config({ kind: 'tinylora', rank: 2, u: 32 });
  expect(directionWarnings([config({ kind: 'tinylora', rank: 2, u: 4 })])).toEqual([]);
  expect(directionWarnings([redundant, redundant]).map(({ message }) => message)).toEqual([
    'u 32 with r 2: only 4 directions exist per module.',
  ]);
});
