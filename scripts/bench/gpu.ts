// `npm run bench:gpu`: rollouts, training pass, a whole GRPO step and the bases of a model on the GPU. One JSON line a figure.
//
//   npm run -s bench:gpu -- --model M.gguf --prompts 64 --samples 4 --prompt-tokens 128 --completion-tokens 256
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadNative, backendDir, openSession } from '../../main/engine/native.ts';
import type { RolloutModel } from '../../main/engine/settings.ts';
import { trainingRolloutOptions } from '../../main/engine/settings.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import type { AdapterInfo, NativeAdapterSpec, Numerics, SequenceGroup, Session } from '../../native/binding/index.d.ts';

const FIGURES = ['bases', 'rollout', 'pass', 'step'] as const;
const MEMORY_POLL_MS = 100;
const ADAM = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
const STORAGE = { precision: 'fp32', mode: 'rounded-after-step' } as const;

const { values: args } = parseArgs({
  options: {
    model: { type: 'string' },
    device: { type: 'string', default: 'gpu' },
    numerics: { type: 'string', default: 'native' },
    /** tinylora (rank 2, a number a module) or lora (rank 2, needs no bases). */
    adapter: { type: 'string', default: 'tinylora' },
    figures: { type: 'string', default: FIGURES.join() },
    prompts: { type: 'string', default: '64' },
    samples: { type: 'string', default: '4' },
    'prompt-tokens': { type: 'string', default: '128' },
    'completion-tokens': { type: 'string', default: '96' },
    /** The pass alone: sequences × tokens, nothing shared. */
    'pass-sequences': { type: 'string', default: '32' },
    'pass-tokens': { type: 'string', default: '512' },
    'micro-batch-tokens': { type: 'string', default: '0' },
    repeats: { type: 'string', default: '3' },
  },
});

interface Shape {
  prompts: number;
  samples: number;
  promptTokens: number;
  completionTokens: number;
}

/** Ids that look random, the same in every call. */
function randomTokens(count: number, vocabularySize: number, seed: number): Int32Array {
  let state = seed * 7919 + 1;
  const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0);
  return Int32Array.from({ length: count }, () => next() % vocabularySize);
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

class Bench {
  readonly session: Session;
  readonly repeats: number;
  readonly #device: 'cpu' | 'gpu';
  #leastFreeBytes = Number.POSITIVE_INFINITY;

  constructor(session: Session, device: 'cpu' | 'gpu', repeats: number) {
    this.session = session;
    this.repeats = repeats;
    this.#device = device;
    setInterval(() => this.#pollMemory(), MEMORY_POLL_MS).unref();
  }

  #memory() {
    return loadNative()
      .devices(backendDir(this.#device))
      .find(({ kind }) => kind === this.#device);
  }
  #pollMemory(): void {
    this.#leastFreeBytes = Math.min(this.#leastFreeBytes, this.#memory()?.memoryFreeBytes ?? Number.POSITIVE_INFINITY);
  }

  /** Prints a figure with the most memory that was in use on the device since the last one. */
  report(figure: string, values: object): void {
    this.#pollMemory();
    const total = this.#memory()?.memoryTotalBytes ?? 0;
    const memoryGib = Number(((total - this.#leastFreeBytes) / 2 ** 30).toFixed(2));
    this.#leastFreeBytes = Number.POSITIVE_INFINITY;
    process.stdout.write(`${JSON.stringify({ figure, ...values, memoryGib })}\n`);
  }

  async sample(shape: Shape, stream: number) {
    const { vocabularySize } = this.session.info();
    return this.session.sample({
      prompts: Array.from({ length: shape.prompts }, (_, promptId) => ({
        ...{ tokens: randomTokens(shape.promptTokens, vocabularySize, promptId), promptId, lane: 0 },
      })),
      ...{ sampleCount: shape.samples, seed: 1, stream, temperature: 1, topP: 1, topK: 0 },
      ...{ maxTokens: shape.completionTokens, stop: [] },
    });
  }
}

async function measureRollout(bench: Bench, shape: Shape): Promise<void> {
  const rates: number[] = [];
  let last = await bench.sample(shape, 0);
  for (let repeat = 1; repeat <= bench.repeats; repeat++) {
    last = await bench.sample(shape, repeat);
    const { decodedTokens, durationMs, prefillMs } = last.statistics;
    rates.push((decodedTokens / (durationMs - prefillMs)) * 1000);
  }
  bench.report('rollout', { ...shape, decodeTokensPerSecond: Math.round(median(rates)), last: last.statistics });
}

async function measurePass(bench: Bench, sequences: number, tokens: number, microBatchTokens: number): Promise<void> {
  const { vocabularySize } = bench.session.info();
  const half = Math.floor(tokens / 2);
  const groups: SequenceGroup[] = Array.from({ length: sequences }, (_, index) => {
    const ids = randomTokens(tokens + 1, vocabularySize, index);
    const suffix = ids.subarray(half);
    return {
      ...{ prefix: ids.subarray(0, half), prefixWeights: null, suffixes: [suffix] },
      suffixWeights: [new Float32Array(suffix.length).fill(index % 2 === 0 ? 1e-3 : -1e-3)],
    };
  });
  for (const backward of [false, true]) {
    const durations: number[] = [];
    let computed = 0;
    for (let repeat = 0; repeat <= bench.repeats; repeat++) {
      bench.session.zeroGrad();
      const startMs = performance.now();
      computed = (await bench.session.pass(groups, { temperature: 1, backward, microBatchTokens })).tokensComputed;
      if (repeat > 0) durations.push(performance.now() - startMs);
    }
    const durationMs = median(durations);
    const name = backward ? 'forward and backward' : 'forward';
    bench.report(name, { sequences, tokens, durationMs, tokensPerSecond: Math.round((computed / durationMs) * 1000) });
  }
}

async function measureStep(bench: Bench, shape: Shape, microBatchTokens: number): Promise<void> {
  for (let repeat = 0; repeat <= bench.repeats; repeat++) {
    const startMs = performance.now();
    const { completions, statistics } = await bench.sample(shape, repeat);
    const sampledMs = performance.now();
    const groups: SequenceGroup[] = completions.map((samples, index) => ({
      prefix: randomTokens(shape.promptTokens, bench.session.info().vocabularySize, index),
      prefixWeights: null,
      suffixes: samples.map(({ tokens }) => tokens),
      suffixWeights: samples.map(({ tokens }, s) => new Float32Array(tokens.length).fill(s % 2 === 0 ? 1e-4 : -1e-4)),
    }));
    bench.session.zeroGrad();
    const { tokensComputed } = await bench.session.pass(groups, { temperature: 1, backward: true, microBatchTokens });
    const passedMs = performance.now();
    await bench.session.optimStep({ ...ADAM, storage: STORAGE });
    const endMs = performance.now();
    const times = { sampleMs: sampledMs - startMs, passMs: passedMs - sampledMs, updateMs: endMs - passedMs };
    bench.report('GRPO step', { ...shape, repeat, stepMs: endMs - startMs, ...times, tokensComputed, statistics });
  }
}

function adapterSpec(): NativeAdapterSpec {
  if (args.adapter === 'lora') return { kind: 'lora', rank: 2, alpha: 2, seed: 0, targets: [] };
  const plain = { tying: 'tiled', nTie: 1, projectionSeed: 42, unitNormProjection: false, trainableRank: 0 } as const;
  return { kind: 'tinylora', rank: 2, u: 1, ...plain, targets: [] };
}

async function main(): Promise<void> {
  if (!args.model) throw new Error('--model is missing: give the path of a GGUF file');
  const device = args.device === 'cpu' ? 'cpu' : 'gpu';
  const scratch = mkdtempSync(join(tmpdir(), 'tinylora-bench-'));
  const startMs = performance.now();
  const session = await openSession({
    ...{ modelPath: args.model, modelHash: '0'.repeat(64), device, numerics: args.numerics as Numerics },
    ...{ threads: cpus().length, workers: 0, basesDir: scratch },
  });
  try {
    const bench = new Bench(session, device, Number(args.repeats));
    const figures = args.figures.split(',');
    const model = session.info();
    const { versions } = loadNative();
    bench.report('load', {
      model: basename(args.model),
      backend: model.backend,
      versions,
      durationMs: performance.now() - startMs,
    });
    const basesMs = performance.now();
    const adapter: AdapterInfo = await session.setAdapter(adapterSpec());
    bench.report('bases', {
      adapter: args.adapter,
      modules: adapter.groups.length,
      durationMs: performance.now() - basesMs,
    });
    const shape = {
      ...{ prompts: Number(args.prompts), samples: Number(args.samples) },
      ...{ promptTokens: Number(args['prompt-tokens']), completionTokens: Number(args['completion-tokens']) },
    };
    await configure(session, device, shape, model);
    const microBatchTokens = Number(args['micro-batch-tokens']);
    if (figures.includes('rollout')) await measureRollout(bench, shape);
    if (figures.includes('pass')) {
      await measurePass(bench, Number(args['pass-sequences']), Number(args['pass-tokens']), microBatchTokens);
    }
    if (figures.includes('step')) await measureStep(bench, shape, microBatchTokens);
  } finally {
    await session.dispose();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function configure(session: Session, device: 'cpu' | 'gpu', shape: Shape, model: RolloutModel): Promise<void> {
  const rollouts = {
    ...{ promptCount: shape.prompts, samples: shape.samples },
    ...{ longestPromptTokens: shape.promptTokens, maxTokens: shape.completionTokens },
  };
  return session.configureRollouts(trainingRolloutOptions(RunConfig.shape.engine.parse({ device }), rollouts, model));
}

await main();
