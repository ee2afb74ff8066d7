// The engine process itself, forked as the host forks it: whole runs, kills, pause, cancel and refusals.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineEvent } from '../../contracts/engine-protocol.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import { readNewestCheckpoint } from './checkpoint.ts';
import { METRICS_FILE } from './run-files.ts';
import { hasTextModel, writeTextModel } from './text-model-fixture.ts';

/** `npm run proof` kills more often. */
const KILLS = Number(process.env.TINYLORA_TEST_KILLS ?? 20);
/** Every second kill lets a step through. */
const STEPS = Math.ceil(KILLS / 2) + 2;
const EVALUATION_STEPS = 4;

const scratch = mkdtempSync(join(tmpdir(), 'tinylora-engine-'));
const file = (name: string) => join(scratch, name);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function config(changes: object = {}): RunConfig {
  return RunConfig.parse({
    model: file('model.gguf'),
    adapter: { kind: 'tinylora', u: 2, nTie: 4 },
    data: { train: file('train.jsonl'), heldOut: file('held-out.jsonl') },
    prompt: { kind: 'plain' },
    // The random model likes these letters, so a group's rewards are often mixed.
    grader: { name: 'regex', pattern: '(?<answer>[tGNS])' },
    ...{ steps: STEPS, promptsPerStep: 4, samplesPerPrompt: 4, maxCompletionTokens: 8, learningRate: 0.05, seed: 3 },
    evaluation: { everySteps: EVALUATION_STEPS, samples: 2 },
    engine: { threads: 1, workers: 1 },
    ...changes,
  });
}

class Engine {
  readonly events: EngineEvent[] = [];
  readonly process: ChildProcess;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #waiting: { wanted: (event: EngineEvent) => boolean; resolve: (event: EngineEvent) => void }[] = [];

  constructor(runFolder: string, run: RunConfig) {
    this.process = fork(join(import.meta.dirname, 'engine.mjs'), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.exit = new Promise((resolve) => this.process.on('exit', (code, signal) => resolve({ code, signal })));
    this.process.on('message', (message) => {
      const event = EngineEvent.parse(message);
      this.events.push(event);
      this.#waiting.filter(({ wanted }) => wanted(event)).forEach(({ resolve }) => resolve(event));
    });
    this.process.send({
      type: 'start',
      protocolVersion: 1,
      runId: 'r',
      config: run,
      runFolder,
      cacheFolder: file('cache'),
    });
  }
  when(wanted: (event: EngineEvent) => boolean): Promise<EngineEvent> {
    const known = this.events.find(wanted);
    return known ? Promise.resolve(known) : new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }
  last(): EngineEvent | undefined {
    return this.events.filter((event) => event.type !== 'heartbeat').at(-1);
  }
}

/** Metrics of all steps without those of the clock. */
function metrics(runFolder: string): unknown[] {
  const lines = readFileSync(join(runFolder, METRICS_FILE), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const row = JSON.parse(line) as { step: number; values: Record<string, number> };
    const values = Object.entries(row.values).filter(([name]) => !/^(time|tokensPerSecond|memory)\//.test(name));
    return { step: row.step, values: Object.fromEntries(values) };
  });
}

function rows(letters: string): string {
  return [...letters]
    .map((letter, index) => `${JSON.stringify({ question: `${index} ${letter}?`, answer: letter })}\n`)
    .join('');
}

describe.skipIf(!hasTextModel)('engine process (needs ../shared/golden)', () => {
  const reference = file('reference');

  beforeAll(async () => {
    writeTextModel(file('model.gguf'));
    writeFileSync(file('train.jsonl'), rows('tGNStGNStGNStGNSttGG'));
    writeFileSync(file('held-out.jsonl'), rows('tGNStG'));
    const engine = new Engine(reference, config());
    expect(await engine.exit).toEqual({ code: 0, signal: null });
    expect(engine.last()).toEqual({ type: 'ended', outcome: 'done', step: STEPS });
    const kinds = engine.events.map((event) => event.type);
    expect(kinds.filter((kind) => kind === 'metrics')).toHaveLength(STEPS);
    expect(kinds.filter((kind) => kind === 'evaluation')).toHaveLength(2 * (1 + Math.ceil(STEPS / EVALUATION_STEPS)));
  }, 120_000);

  it('learns: mixed rewards, a gradient, numbers that leave zero', async () => {
    const checkpoint = await readNewestCheckpoint(reference);
    expect(checkpoint?.step).toBe(STEPS);
    expect(checkpoint?.params.some((value) => value !== 0)).toBe(true);
    const mixed = metrics(reference).filter((row) => (row as { values: Record<string, number> }).values['reward/std']);
    expect(mixed.length).toBeGreaterThan(STEPS / 2);
  });

  it('gives the same metrics and numbers again, bit for bit', { timeout: 120_000 }, async () => {
    const folder = file('again');
    await new Engine(folder, config()).exit;
    expect(metrics(folder)).toEqual(metrics(reference));
    expect(await readNewestCheckpoint(folder)).toEqual(await readNewestCheckpoint(reference));
  });

  it(
    `survives ${KILLS} kills at any moment with the result of an uninterrupted run`,
    { timeout: 300_000 },
    async () => {
      const folder = file('killed');
      const resumedFrom = new Set<number>();
      for (let kill = 0; kill < KILLS; kill++) {
        const engine = new Engine(folder, config());
        const started = await engine.when((event) => event.type === 'started' || event.type === 'failed');
        if (started.type === 'started') resumedFrom.add(started.resumedFromStep);
        // Every second time a step is let through, so that the run gets on; then at any moment of the next one.
        if (kill % 2 === 0) await engine.when((event) => event.type === 'metrics' || event.type === 'ended');
        await new Promise((resolve) => setTimeout(resolve, (kill * 7) % 60));
        engine.process.kill('SIGKILL');
        await engine.exit;
      }
      const engine = new Engine(folder, config());
      expect(await engine.exit).toEqual({ code: 0, signal: null });
      expect(metrics(folder)).toEqual(metrics(reference));
      expect(await readNewestCheckpoint(folder)).toEqual(await readNewestCheckpoint(reference));
    },
  );

  it('pauses after the step at work and goes on from there', { timeout: 120_000 }, async () => {
    const folder = file('paused');
    const first = new Engine(folder, config());
    await first.when((event) => event.type === 'metrics');
    first.process.send({ type: 'pause' });
    expect(await first.exit).toEqual({ code: 0, signal: null });
    expect(first.last()).toMatchObject({ type: 'ended', outcome: 'paused' });
    const second = new Engine(folder, config());
    await second.exit;
    const step = (first.last() as { step: number }).step;
    expect(second.events.find((event) => event.type === 'started')).toMatchObject({ resumedFromStep: step });
    expect(metrics(folder)).toEqual(metrics(reference));
  });

  it('cancels within a second', { timeout: 60_000 }, async () => {
    const engine = new Engine(file('cancelled'), config({ steps: 100_000, evaluation: {} }));
    await engine.when((event) => event.type === 'metrics');
    const startMs = performance.now();
    engine.process.send({ type: 'cancel' });
    await engine.exit;
    expect(performance.now() - startMs).toBeLessThan(1500);
    expect(engine.last()).toMatchObject({ type: 'ended', outcome: 'cancelled' });
  });

  it('leaves with its parent', { timeout: 60_000 }, async () => {
    const engine = new Engine(file('orphaned'), config({ steps: 100_000 }));
    await engine.when((event) => event.type === 'started');
    engine.process.disconnect();
    expect(await engine.exit).toMatchObject({ code: null });
  });

  it('trains by supervision too', { timeout: 60_000 }, async () => {
    const engine = new Engine(file('sft'), config({ method: 'sft', promptsPerStep: 20, learningRate: 0.02 }));
    expect(await engine.exit).toEqual({ code: 0, signal: null });
    const losses = metrics(file('sft')).map((row) => (row as { values: Record<string, number> }).values.loss ?? NaN);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? NaN);
  });

  it.each([
    ['topK', { topK: 5 }, /topK is 5/],
    ['a batch larger than the data', { promptsPerStep: 64 }, /promptsPerStep is 64/],
    ['a prompt that is too long', { maxPromptTokens: 2 }, /train\.jsonl:1: the prompt has 4 tokens/],
    ['a chat prompt without template', { prompt: { kind: 'chat' } }, /prompt\.kind/],
    ['a missing model', { model: '/nowhere/model.gguf' }, /\/nowhere\/model\.gguf/],
    ['a rank larger than the layer', { adapter: { kind: 'tinylora', rank: 1000 } }, /rank/],
  ])('refuses %s with exit code 2', { timeout: 60_000 }, async (name, changes, message) => {
    const engine = new Engine(file(`refused-${name}`), config(changes));
    expect(await engine.exit).toEqual({ code: 2, signal: null });
    expect(engine.last()).toMatchObject({ type: 'failed', code: 'BAD_INPUT' });
    expect((engine.last() as { message: string }).message).toMatch(message);
  });

  it('refuses to resume with another configuration', { timeout: 60_000 }, async () => {
    cpSync(reference, file('other'), { recursive: true });
    const engine = new Engine(file('other'), config({ learningRate: 0.1 }));
    expect(await engine.exit).toEqual({ code: 2, signal: null });
    expect((engine.last() as { message: string }).message).toMatch(/another configuration/);
  });
});
