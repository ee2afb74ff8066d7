// The golden optimiser steps through the real training code.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../native/binding/index.d.ts';
import { openSession } from '../native.ts';
import { readPeftCheckpoint } from './peft.ts';
import { runStepFile } from './step.ts';
import { nativeSpec } from './stored-adapter.ts';

const GOLDEN = join(import.meta.dirname, '../../../../shared/golden');
const TOLERANCE = { logprob: 2e-4, gradient: 1e-3, loss: 1e-4, paramsPerRate: 1e-2, advantage: 1e-6, ratio: 1e-3 };

type Nested = number | readonly Nested[];
interface ExpectedStep {
  logprobs: Nested;
  ratios?: Nested;
  k3?: Nested;
  clipped?: Nested;
  dloss_dlogprob: Nested;
  loss: number;
  grad: Record<string, number[]>;
  grad_norm: number;
  v_after: Record<string, number[]>;
}
interface StepFile {
  adapter: string;
  config: { lr: number };
  expected: {
    advantages?: Nested;
    logprobs_old?: Nested;
    logprobs_ref?: Nested;
    importance_weights?: Nested;
    steps: ExpectedStep[];
  };
}

const bases = mkdtempSync(join(tmpdir(), 'tinylora-steps-'));
afterAll(() => rmSync(bases, { recursive: true }));

function flat(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return Array.isArray(value) ? value.flatMap(flat) : Object.values(value as object).flatMap(flat);
}
function worst(actual: unknown, expected: unknown): number {
  const [a, e] = [flat(actual), flat(expected)];
  expect(a).toHaveLength(e.length);
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (e[index] ?? NaN))), 0);
}
function relative(actual: unknown, expected: unknown): number {
  const [a, e] = [flat(actual), flat(expected)];
  const norm = Math.hypot(...e);
  return norm === 0 ? Math.hypot(...a) : Math.hypot(...a.map((value, index) => value - (e[index] ?? NaN))) / norm;
}

async function open(caseName: string): Promise<{ session: Session; modelHash: string }> {
  const modelPath = join(GOLDEN, caseName, 'model.gguf');
  const modelHash = createHash('sha256').update(readFileSync(modelPath)).digest('hex');
  const numbers = { device: 'cpu', numerics: 'exact', threads: 1, workers: 1 } as const;
  return { session: await openSession({ modelPath, modelHash, basesDir: bases, ...numbers }), modelHash };
}

const cases = ['llama-tied', 'qwen2-tied'].filter((name) => existsSync(join(GOLDEN, name, 'steps')));

describe.skipIf(cases.length === 0)('golden steps (../shared/golden)', () => {
  it.each(cases)('%s', { timeout: 120_000 }, async (caseName) => {
    const folder = join(GOLDEN, caseName, 'steps');
    const { session, modelHash } = await open(caseName);
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const path = join(folder, name);
      const file = JSON.parse(readFileSync(path, 'utf8')) as StepFile;
      const stored = await readPeftCheckpoint(join(folder, file.adapter), session.info(), modelHash);
      const adapter = await session.setAdapter(nativeSpec(stored));
      await session.setParams(stored.params);
      const actual = (await runStepFile(session, adapter, file, path)) as StepFile['expected'];
      compare(actual, file, `${caseName}/${name}`);
    }
    await session.dispose();
  });
});

function compare(actual: StepFile['expected'], { expected, config }: StepFile, name: string): void {
  const check = (key: string, value: number, bound: number) =>
    expect(value, `${name}: ${key}`).toBeLessThanOrEqual(bound);
  if (expected.advantages) {
    check('advantages', worst(actual.advantages, expected.advantages), TOLERANCE.advantage);
    check('logprobs_old', worst(actual.logprobs_old, expected.logprobs_old), TOLERANCE.logprob);
    check('logprobs_ref', worst(actual.logprobs_ref, expected.logprobs_ref), TOLERANCE.logprob);
    check('importance_weights', worst(actual.importance_weights, expected.importance_weights), TOLERANCE.ratio);
  }
  expect(actual.steps).toHaveLength(expected.steps.length);
  expected.steps.forEach((step, index) => {
    const got = actual.steps[index];
    check('logprobs', worst(got?.logprobs, step.logprobs), TOLERANCE.logprob);
    if (step.ratios) check('ratios', worst(got?.ratios, step.ratios), TOLERANCE.ratio);
    if (step.k3) check('k3', worst(got?.k3, step.k3), TOLERANCE.ratio);
    if (step.clipped) expect(got?.clipped, `${name}: clipped`).toEqual(step.clipped);
    check('loss', Math.abs((got?.loss ?? NaN) - step.loss), TOLERANCE.loss);
    check('dloss_dlogprob', relative(got?.dloss_dlogprob, step.dloss_dlogprob), TOLERANCE.gradient);
    expect(Object.keys(got?.grad ?? {}), name).toEqual(Object.keys(step.grad));
    check('grad', relative(got?.grad, step.grad), TOLERANCE.gradient);
    check('grad_norm', Math.abs((got?.grad_norm ?? NaN) - step.grad_norm), TOLERANCE.gradient * step.grad_norm);
    check('v_after', worst(got?.v_after, step.v_after), TOLERANCE.paramsPerRate * config.lr);
  });
}

it('refuses a file that is no step, naming the key', async () => {
  const nothing = undefined as unknown as Session;
  const adapter = {
    kind: 'tinylora',
    parameterCount: 0,
    parameters: [],
    groups: [],
    nearlyEqualSingularValues: [],
    basesFingerprint: '',
  } as const;
  const file = { kind: 'sft', config: { lr: -1 }, examples: [{ prompt: [1], completion: [2] }] };
  const info = { ...adapter, parameters: [], groups: [], nearlyEqualSingularValues: [] };
  await expect(runStepFile(nothing, info, file, 'step.json')).rejects.toThrow(/step\.json: config\.lr/);
});
