// SmolLM2-135M-Instruct (Q4_1) learns the task `product` in an engine process, and a killed copy ends the same.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunConfig } from '../../contracts/run-config.ts';
import { product } from '../../main/core/tasks/product.ts';
import { taskFile } from '../../main/core/tasks/task-files.ts';
import { readNewestCheckpoint } from '../../main/engine/checkpoint.ts';
import { COMPLETIONS_FILE, EVALUATIONS_FILE } from '../../main/engine/run-files.ts';
import type { EngineEnd } from './engine-process.ts';
import { runEngine, timelessMetrics } from './engine-process.ts';
import { MODEL_MISSING, MODEL_PATH } from './model-path.ts';

const STEPS = 10;
const KILLED_AFTER_STEP = 4;
/** Into the step after it: in the midst of sampling or of the pass. */
const KILL_DELAY_MS = 1500;

describe.skipIf(MODEL_MISSING)('training the real model (skipped where ../shared/models is missing)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tinylora-real-training-'));
  const file = (name: string) => join(scratch, name);
  const reference = file('reference');
  let config: RunConfig;
  let finished: EngineEnd;

  beforeAll(async () => {
    const data = {
      train: await taskFile('task:product/train', scratch),
      heldOut: await taskFile('task:product/held-out', scratch),
    };
    config = RunConfig.parse({
      ...product.settings,
      ...{ model: MODEL_PATH, adapter: { kind: 'tinylora' }, data },
      ...{ steps: STEPS, promptsPerStep: 8, samplesPerPrompt: 4, maxCompletionTokens: 24, learningRate: 0.02, seed: 5 },
      evaluation: { problems: 8, greedy: false },
    });
    finished = await runEngine(config, reference, file('cache'));
  }, 1_800_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('takes 10 GRPO steps from groups of mixed reward and leaves v = 0', async () => {
    expect(finished).toMatchObject({ code: 0, signal: null });
    expect(finished.events.at(-1)).toEqual({ type: 'ended', outcome: 'done', step: STEPS });
    const steps = timelessMetrics(reference);
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, index) => index + 1));
    const mixed = steps.filter(({ values }) => (values['reward/zeroVarianceFraction'] ?? 1) < 1);
    console.info(`steps with groups of mixed reward: ${mixed.length} of ${STEPS}`);
    expect(mixed.length).toBeGreaterThanOrEqual(8);
    const checkpoint = await readNewestCheckpoint(reference);
    expect(checkpoint?.params).toHaveLength(210);
    expect(checkpoint?.params.every((value) => value !== 0 && Number.isFinite(value))).toBe(true);
  });

  it('ends the same when it is killed in mid-step and resumed', async () => {
    const folder = file('killed');
    const killed = await runEngine(config, folder, file('cache'), (event, engine) => {
      if (event.type === 'metrics' && event.step === KILLED_AFTER_STEP) {
        setTimeout(() => engine.kill('SIGKILL'), KILL_DELAY_MS);
      }
    });
    expect(killed).toMatchObject({ code: null, signal: 'SIGKILL' });
    const resumed = await runEngine(config, folder, file('cache'));
    expect(resumed).toMatchObject({ code: 0, signal: null });
    const started = resumed.events.find((event) => event.type === 'started');
    expect(started?.resumedFromStep).toBeGreaterThanOrEqual(KILLED_AFTER_STEP);
    expect(started?.resumedFromStep).toBeLessThan(STEPS);

    expect(timelessMetrics(folder)).toEqual(timelessMetrics(reference));
    expect(await readNewestCheckpoint(folder)).toEqual(await readNewestCheckpoint(reference));
    expect(readFileSync(join(folder, COMPLETIONS_FILE), 'utf8')).toBe(
      readFileSync(join(reference, COMPLETIONS_FILE), 'utf8'),
    );
    expect(perProblem(folder)).toEqual(perProblem(reference));
  });
});

function perProblem(folder: string): unknown[] {
  const lines = readFileSync(join(folder, EVALUATIONS_FILE), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { step, mode, perProblem: scores } = JSON.parse(line) as { step: number; mode: string; perProblem: number[] };
    return { step, mode, scores };
  });
}
