// Whole runs of every adapter and mode on a tiny model: each paused after its first step and resumed must end with the
// numbers of an uninterrupted one.
import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../contracts/engine-protocol.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import { decodeTokens } from '../core/token-record.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readNewestCheckpoint } from './checkpoint.ts';
import { openSession } from './native.ts';
import { runTraining } from './run.ts';
import { hasTextModel, writeTextModel } from './text-model-fixture.ts';

const STEPS = 3;
const scratch = mkdtempSync(join(tmpdir(), 'tinylora-run-'));
const file = (name: string) => join(scratch, name);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function config(changes: object): RunConfig {
  return RunConfig.parse({
    model: file('model.gguf'),
    adapter: { kind: 'tinylora', nTie: 4 },
    data: { train: file('data.jsonl'), heldOut: file('data.jsonl') },
    prompt: { kind: 'plain' },
    grader: { name: 'regex', pattern: '(?<answer>[tGNS])' },
    ...{ steps: STEPS, promptsPerStep: 8, samplesPerPrompt: 4, maxCompletionTokens: 8, learningRate: 0.01, seed: 3 },
    evaluation: { problems: 2, greedy: false },
    engine: { threads: 1, workers: 1 },
    ...changes,
  });
}

interface Finished {
  events: EngineEvent[];
  checkpoint: Checkpoint | null;
}

/** Runs into the folder until its end, or until a step has ended where `pauseAtStep` says so. */
async function run(
  folder: string,
  configuration: RunConfig,
  pauseAtStep = Infinity,
  open: typeof openSession = openSession,
): Promise<Finished> {
  const events: EngineEvent[] = [];
  const start = { config: configuration, runFolder: file(folder), cacheFolder: file('cache') };
  await runTraining(start, {
    openSession: open,
    send: (event) => events.push(event),
    onSession: () => undefined,
    onPhase: () => undefined,
    pauseRequested: () => events.some((event) => event.type === 'metrics' && event.step >= pauseAtStep),
  });
  return { events, checkpoint: await readNewestCheckpoint(file(folder)) };
}

function metric(events: EngineEvent[], name: string): number[] {
  return events.flatMap((event) => (event.type === 'metrics' ? (event.values[name] ?? []) : []));
}

describe.skipIf(!hasTextModel)('runs (need ../shared/golden)', () => {
  beforeAll(() => {
    writeTextModel(file('model.gguf'));
    const rows = [...'tGNStGNS'].map((answer, index) => JSON.stringify({ question: `${index} ${answer}?`, answer }));
    writeFileSync(file('data.jsonl'), `${rows.join('\n')}\n`);
  });

  it.each<[string, object]>([
    ['lora-xs', { adapter: { kind: 'lora-xs' } }],
    ['lora', { adapter: { kind: 'lora', rank: 2 } }],
    ['full', { adapter: { kind: 'full' }, learningRate: 1e-4 }],
    ['full-kl', { adapter: { kind: 'full' }, learningRate: 1e-4, klCoefficient: 0.05 }],
    ['merged', { rolloutWeights: 'merged' }],
    ['rounded-on-use', { storage: { precision: 'bf16', mode: 'rounded-on-use' } }],
    ['rounded-after-step', { storage: { precision: 'bf16' } }],
    ['kl-and-two-steps', { klCoefficient: 0.05, optimiserSteps: 2 }],
    ['exact', { numerics: 'exact', aggregation: 'dr-grpo', advantage: 'mean-only' }],
    ['two-workers', { engine: { threads: 2, workers: 2 } }],
    ['sft', { method: 'sft' }],
  ])('%s resumes to the same numbers', { timeout: 60_000 }, async (name, changes) => {
    const whole = await run(`${name}-whole`, config(changes));
    const paused = await run(`${name}-parts`, config(changes), 1);
    expect(paused.checkpoint?.step).toBe(1);
    expect(paused.checkpoint?.firstMoment.some((value) => value !== 0)).toBe(true);
    const resumed = await run(`${name}-parts`, config(changes));
    expect(resumed.events[0]).toMatchObject({ type: 'started', resumedFromStep: 1 });
    expect(whole.checkpoint?.step).toBe(STEPS);
    expect(whole.checkpoint?.params).not.toEqual(paused.checkpoint?.params);
    expect(resumed.checkpoint).toEqual(whole.checkpoint);
    expect(metric(resumed.events, 'loss')).toEqual(metric(whole.events, 'loss'));
  });

  it('resumes where its files lie elsewhere now, and not with others', { timeout: 60_000 }, async () => {
    const whole = await run('moved-whole', config({}));
    await run('moved-parts', config({}), 1);
    copyFileSync(file('model.gguf'), file('moved.gguf'));
    copyFileSync(file('data.jsonl'), file('moved.jsonl'));
    const moved = config({
      model: file('moved.gguf'),
      data: { train: file('moved.jsonl'), heldOut: file('moved.jsonl') },
    });
    const resumed = await run('moved-parts', moved);
    expect(resumed.events[0]).toMatchObject({ type: 'started', resumedFromStep: 1 });
    expect(resumed.checkpoint).toEqual(whole.checkpoint);
    appendFileSync(file('moved.jsonl'), '{"question":"8 t?","answer":"t"}\n');
    await expect(run('moved-parts', moved)).rejects.toThrow('belongs to another configuration, model or data');
  });

  it('resumes on another device', { timeout: 60_000 }, async () => {
    const whole = await run('device-whole', config({}));
    const onGpu = config({ engine: { threads: 1, workers: 1, device: 'gpu' } });
    // Where there is no GPU to have begun on: what is asked of the engine is the same.
    await run('device-parts', onGpu, 1, (options) => openSession({ ...options, device: 'cpu' }));
    const resumed = await run('device-parts', config({}));
    expect(resumed.events[0]).toMatchObject({ type: 'started', resumedFromStep: 1 });
    expect(resumed.checkpoint?.runKey).toBe(whole.checkpoint?.runKey);
  });

  it(
    'merged mode leaves the model file alone and logs what rounding left of the update',
    { timeout: 60_000 },
    async () => {
      const hash = () =>
        createHash('sha256')
          .update(readFileSync(file('model.gguf')))
          .digest('hex');
      const before = hash();
      const { events } = await run('merged-file', config({ rolloutWeights: 'merged' }));
      expect(hash()).toBe(before);
      // The first step merges nothing (v = 0); the later ones lose little in F32.
      expect(metric(events, 'merge/fidelity').at(-1)).toBeCloseTo(1, 3);
    },
  );

  it('full fine-tuning is held to the untouched model', { timeout: 60_000 }, async () => {
    const { events } = await run('full-reference', config({ adapter: { kind: 'full' }, klCoefficient: 0.05 }));
    const divergence = metric(events, 'kl/reference');
    expect(divergence[0]).toBeCloseTo(0, 6);
    expect(divergence.at(-1)).toBeGreaterThan(1e-3);
  });

  it('fails where a metric overflows, and keeps the steps before', { timeout: 60_000 }, async () => {
    const settings = config({ adapter: { kind: 'lora', rank: 2 }, storage: { precision: 'fp16' }, learningRate: 1e6 });
    await expect(run('diverged', settings)).rejects.toThrow('Step 1: parameters/norm is Infinity');
    expect(await readNewestCheckpoint(file('diverged'))).toBeNull();
  });

  it('evaluates an untrained model without training', { timeout: 60_000 }, async () => {
    const { events, checkpoint } = await run('none', config({ adapter: { kind: 'none' }, steps: 0 }));
    expect(checkpoint).toBeNull();
    expect(events.filter((event) => event.type === 'evaluation')).toHaveLength(1);
  });

  it('keeps the tokens with the log-probs that the loss used', { timeout: 60_000 }, async () => {
    const { events } = await run('tokens', config({ klCoefficient: 0.01 }));
    const rows = events.flatMap((event) => (event.type === 'completions' ? event.rows : []));
    for (const step of [1, STEPS]) {
      const stepRows = rows.filter((row) => row.phase === 'train' && row.step === step);
      expect(stepRows).toHaveLength(32);
      const tokens_C = stepRows.map((row) => decodeTokens(Buffer.from(row.tokens ?? '', 'base64')));
      expect(tokens_C.map((tokens) => tokens.length)).toEqual(stepRows.map((row) => row.tokenCount));
      for (const [index, tokens] of tokens_C.entries()) {
        // Special tokens are part of the record, not of the text.
        expect(tokens.map(({ text }) => text).join('')).toContain(stepRows[index]?.text);
      }
      const tokens = tokens_C.flat();
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const differences = tokens.map(({ logpRollout, logpTrain }) => logpRollout - (logpTrain ?? NaN));
      expect(mean(differences)).toBeCloseTo(metric(events, 'kl/trainRollout')[step - 1] ?? NaN, 5);
      expect(mean(tokens.map(({ entropy }) => entropy ?? NaN))).toBeCloseTo(
        metric(events, 'policy/entropy')[step - 1] ?? NaN,
        4,
      );
    }
  });

  it('keeps tokens of whole groups up to the limit, and every trained number', { timeout: 60_000 }, async () => {
    const { events, checkpoint } = await run('limited', config({ record: { tokensPerStep: 70 } }));
    const rows = events.flatMap((event) => (event.type === 'completions' ? event.rows : []));
    const first = rows.filter((row) => row.phase === 'train' && row.step === 1);
    const kept = first.filter(({ tokens }) => tokens !== null);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(first.length);
    expect(kept.length % 4).toBe(0);
    expect(kept.reduce((sum, row) => sum + row.tokenCount, 0)).toBeLessThanOrEqual(70);
    const last = events.findLast((event) => event.type === 'metrics');
    const bytes = Buffer.from(last?.parameters?.values ?? '', 'base64');
    const numbers = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
    expect(numbers).toEqual([...(checkpoint?.params ?? [])]);
  });

  it('logs every metric of a step', { timeout: 60_000 }, async () => {
    const { events } = await run('metrics', config({ klCoefficient: 0.01, rolloutWeights: 'merged' }));
    const logged = events.flatMap((event) => (event.type === 'metrics' ? [Object.keys(event.values)] : [])).at(-1);
    expect(logged).toEqual(
      expect.arrayContaining([
        ...['reward/mean', 'reward/std', 'reward/zeroVarianceFraction', 'rate/strict', 'rate/lenient', 'rate/format'],
        ...['length/mean', 'length/clippedFraction', 'policy/entropy', 'policy/clippedFraction', 'kl/reference'],
        ...['kl/trainRollout', 'importance/mean', 'importance/min', 'importance/max', 'importance/cappedFraction'],
        ...['gradient/norm', 'parameters/norm', 'loss', 'time/sampleMs', 'time/gradeMs', 'time/passMs', 'time/stepMs'],
        ...['tokens/sampled', 'tokens/trained', 'tokensPerSecond/sample', 'memory/residentBytes', 'merge/fidelity'],
      ]),
    );
  });
});
