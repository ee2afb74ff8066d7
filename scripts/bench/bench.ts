// `npm run bench`: our sampling and training pass on two CPU threads, as ratios to the stock library on the same file. JSON.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { MODEL_MISSING, MODEL_PATH, MODEL_WANTED } from '../../test/real/model-path.ts';
import { measureGrpoStep } from './grpo-step.ts';
import type { GrpoStepShape } from './grpo-step.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAMS = join(ROOT, 'native', 'build', 'bench');
const BUILT_IN_MODEL = join(ROOT, 'resources', 'models', 'chain.gguf');
const THREADS = 2;

interface Subject {
  model: string;
  weightType: string;
  shape: GrpoStepShape;
  /** Contexts and graphs side by side: small models gain from it. */
  workers: number;
  /** Exact numerics too: too slow for a large model here. */
  exact: boolean;
}

const Rate = z.object({ tokens: z.number(), durationMs: z.number(), tokensPerSecond: z.number() });
type Rate = z.infer<typeof Rate>;
const Sampling = Rate.extend({ lengthsTokens: z.array(z.number()) });
const TrainingPass = z.object({
  tokens: z.number(),
  forwardTokensPerSecond: z.number(),
  forwardBackwardTokensPerSecond: z.number(),
  sharedSeconds: z.number(),
  separateSeconds: z.number(),
});

function run(program: string, args: (string | number)[]): string {
  return execFileSync(join(PROGRAMS, program), args.map(String), { encoding: 'utf8' });
}

function measure<Result>(schema: z.ZodType<Result>, program: string, args: (string | number)[]): Result {
  return schema.parse(JSON.parse(run(program, args)));
}

/** Stock at one and at two threads: small models are faster with one. */
function fastestStock(
  command: 'decode' | 'prefill',
  model: string,
  args: (string | number)[],
): Rate & { threads: number } {
  const rates = Array.from({ length: THREADS }, (_, index) => {
    const threads = index + 1;
    return { ...measure(Rate, 'stock', [command, model, threads, ...args]), threads };
  });
  return rates.reduce((best, rate) => (rate.tokensPerSecond > best.tokensPerSecond ? rate : best));
}

function measureSampling({ model, shape, workers }: Subject): object {
  const { prompts, samples, promptTokens, completionTokens } = shape;
  const args = [model, THREADS, workers, prompts, samples, promptTokens, completionTokens];
  const base = measure(Sampling, 'sampling', args);
  const adapter = measure(Sampling, 'sampling', [...args, 'adapter']);
  const stock = fastestStock('decode', model, [prompts, promptTokens, ...base.lengthsTokens]);
  return {
    batchSequences: prompts * samples,
    stockTokensPerSecond: stock.tokensPerSecond,
    stockThreads: stock.threads,
    baseTokensPerSecond: base.tokensPerSecond,
    baseRatio: ratio(base.tokensPerSecond, stock.tokensPerSecond),
    adapterTokensPerSecond: adapter.tokensPerSecond,
    adapterRatio: ratio(adapter.tokensPerSecond, stock.tokensPerSecond),
  };
}

function measureTraining(subject: Subject): object {
  const { model, shape, workers, exact } = subject;
  const { prompts, samples, promptTokens, completionTokens } = shape;
  const args = [model, THREADS, workers, prompts, promptTokens, samples, completionTokens];
  const native = measure(TrainingPass, 'training-pass', args);
  const exactPass = exact ? measure(TrainingPass, 'training-pass', [...args, 'exact']) : null;
  const stock = fastestStock('prefill', model, [prompts * samples, promptTokens + completionTokens]);
  return {
    stockPrefillTokensPerSecond: stock.tokensPerSecond,
    stockThreads: stock.threads,
    forwardTokensPerSecond: native.forwardTokensPerSecond,
    forwardBackwardTokensPerSecond: native.forwardBackwardTokensPerSecond,
    forwardBackwardRatio: ratio(native.forwardBackwardTokensPerSecond, stock.tokensPerSecond),
    exactForwardBackwardTokensPerSecond: exactPass?.forwardBackwardTokensPerSecond ?? null,
    exactForwardBackwardRatio: exactPass
      ? ratio(exactPass.forwardBackwardTokensPerSecond, stock.tokensPerSecond)
      : null,
    sharedPromptSeconds: native.sharedSeconds,
    separateSequencesSeconds: native.separateSeconds,
    sharedPromptGain: ratio(native.separateSeconds, native.sharedSeconds),
  };
}

function ratio(ours: number, stock: number): number {
  return Number((ours / stock).toFixed(3));
}

/** The built-in model in other weight types, and the real one where it is there. */
function subjects(scratch: string): Subject[] {
  const shape = { prompts: 16, samples: 8, promptTokens: 12, completionTokens: 12 };
  const list: Subject[] = [{ model: BUILT_IN_MODEL, weightType: 'F32', shape, workers: 2, exact: true }];
  for (const weightType of ['F16', 'BF16', 'Q8_0', 'Q4_0']) {
    const model = join(scratch, `chain-${weightType}.gguf`);
    run('stock', ['convert', BUILT_IN_MODEL, model, weightType]);
    list.push({ model, weightType, shape, workers: 2, exact: true });
  }
  const small = { prompts: 2, samples: 4, promptTokens: 32, completionTokens: 16 };
  if (MODEL_MISSING) process.stderr.write(`${MODEL_WANTED} The built-in model alone is measured.\n`);
  else list.push({ model: MODEL_PATH, weightType: 'Q4_1', shape: small, workers: 1, exact: false });
  return list;
}

async function main(): Promise<void> {
  const build = join(ROOT, 'scripts', 'build-native.mjs');
  execFileSync(process.execPath, [build, '--target', 'benches'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const scratch = mkdtempSync(join(tmpdir(), 'tinylora-bench-'));
  try {
    const loadBefore = loadavg()[0];
    const results: object[] = [];
    for (const subject of subjects(scratch)) {
      const { model, weightType, shape, workers } = subject;
      process.stderr.write(`${basename(model)} …\n`);
      results.push({
        ...{ model: basename(model), weightType, shape },
        sampling: measureSampling(subject),
        training: measureTraining(subject),
        grpoStep: await measureGrpoStep(model, shape, THREADS, workers),
      });
    }
    const machine = { processor: cpus()[0]?.model ?? '', cores: cpus().length, loadBefore };
    process.stdout.write(`${JSON.stringify({ machine, threads: THREADS, results }, null, 2)}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

await main();
