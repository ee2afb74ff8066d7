// SmolLM2-135M-Instruct (Q4_1) learns the task `product` in an engine process, and a killed copy ends the same.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunConfig } from '../../contracts/run-config.ts';
import { readNewestCheckpoint } from '../../main/engine/checkpoint.ts';
import { COMPLETIONS_FILE, EVALUATIONS_FILE } from '../../main/engine/run-files.ts';
import type { EngineEnd } from './engine-process.ts';
import { runEngine, timelessMetrics } from './engine-process.ts';
import { MODEL_MISSING, MODEL_PATH } from './model-path.ts';

const STEPS = 10;
const KILLED_AFTER_STEP = 4;
/** Into the step after it: in the midst of sampling or of the pass. */
const KILL_DELAY_MS = 1500;
const FACTORS = Array.from({ length: 11 }, (_, index) => index + 2);

interface Row {
  question: string;
  answer: string;
}

/** "What is 7 * 8?" for all factors from 2 to 12. A third of the unordered pairs is held out, so in both orders. */
function productRows(): { train: Row[]; heldOut: Row[] } {
  const pairs = FACTORS.flatMap((a) => FACTORS.filter((b) => b >= a).map((b): [number, number] => [a, b]));
  const isHeldOut = (index: number) => index % 3 === 2;
  const rows = (wanted: boolean) =>
    pairs
      .filter((_, index) => isHeldOut(index) === wanted)
      .flatMap(
        ([a, b]) =>
          (a === b
            ? [[a, b]]
            : [
                [a, b],
                [b, a],
              ]) as [number, number][],
      )
      .map(([a, b]): Row => ({ question: `What is ${a} * ${b}?`, answer: String(a * b) }));
  return { train: rows(false), heldOut: rows(true) };
}

const jsonLines = (rows: readonly Row[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe.skipIf(MODEL_MISSING)('training the real model (skipped where ../shared/models is missing)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tinylora-real-training-'));
  const file = (name: string) => join(scratch, name);
  const reference = file('reference');
  let config: RunConfig;
  let finished: EngineEnd;

  beforeAll(async () => {
    const { train, heldOut } = productRows();
    writeFileSync(file('train.jsonl'), jsonLines(train));
    writeFileSync(file('held-out.jsonl'), jsonLines(heldOut));
    config = RunConfig.parse({
      model: MODEL_PATH,
      adapter: { kind: 'tinylora' },
      data: { train: file('train.jsonl'), heldOut: file('held-out.jsonl') },
      grader: { name: 'last-number', mustEnd: true },
      stop: ['\n'],
      ...{ steps: STEPS, promptsPerStep: 8, samplesPerPrompt: 4, maxCompletionTokens: 24, learningRate: 0.02, seed: 5 },
      evaluation: { problems: 8, greedy: false },
    });
    finished = await runEngine(config, reference, file('cache'));
  }, 1_800_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('holds out pairs of factors in either order', () => {
    const { train, heldOut } = productRows();
    expect(train.length + heldOut.length).toBe(FACTORS.length ** 2);
    const pair = ({ question }: Row) =>
      (question.match(/\d+/g) ?? [])
        .map(Number)
        .sort((a, b) => a - b)
        .join();
    const trained = new Set(train.map(pair));
    expect(heldOut.filter((row) => trained.has(pair(row)))).toEqual([]);
  });

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
