// A whole GRPO step (sample, forward and backward, AdamW) with its prompts shared by their samples and without. For `npm run bench`.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession } from '../../main/engine/native.ts';
import type { Completion, SequenceGroup, Session } from '../../native/binding/index.d.ts';

export interface GrpoStepShape {
  prompts: number;
  samples: number;
  promptTokens: number;
  completionTokens: number;
}
interface StepTime {
  sampledTokens: number;
  sampleMs: number;
  passMs: number;
  stepMs: number;
}

const REPEATS = 3;
const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
const STORAGE = { precision: 'fp32', mode: 'rounded-after-step' } as const;

/** Prompts of pseudo-random ids; the same in every call. */
function promptTokens(shape: GrpoStepShape, vocabularySize: number): Int32Array[] {
  let state = 1;
  const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0);
  return Array.from({ length: shape.prompts }, () =>
    Int32Array.from({ length: shape.promptTokens }, () => next() % vocabularySize),
  );
}

/** One group of `samples` a prompt where shared, else a group of one a completion. */
function groups(prompts: Int32Array[], completions: Completion[][]): SequenceGroup[] {
  return prompts.map((prefix, p) => {
    const suffixes = (completions[p] ?? []).map(({ tokens }) => tokens);
    // Alternating signs, as advantages have; any non-zero weights cost the same.
    const suffixWeights = suffixes.map((tokens, s) => new Float32Array(tokens.length).fill(s % 2 === 0 ? 0.01 : -0.01));
    return { prefix, prefixWeights: null, suffixes, suffixWeights };
  });
}

async function timeStep(session: Session, shape: GrpoStepShape, shared: boolean, stream: number): Promise<StepTime> {
  const distinct = promptTokens(shape, session.info().vocabularySize);
  const prompts = shared ? distinct : distinct.flatMap((tokens) => Array.from({ length: shape.samples }, () => tokens));
  const startMs = performance.now();
  const { completions } = await session.sample({
    ...{ prompts: prompts.map((tokens, promptId) => ({ tokens, promptId, lane: 0 })), seed: 1, stream },
    ...{ sampleCount: shared ? shape.samples : 1, temperature: 1, topP: 1, topK: 0 },
    ...{ maxTokens: shape.completionTokens, stop: [] },
  });
  const sampledMs = performance.now();
  session.zeroGrad();
  await session.pass(groups(prompts, completions), { temperature: 1, backward: true });
  const passedMs = performance.now();
  await session.optimStep({ ...ADAM, storage: STORAGE });
  const sampledTokens = completions.flat().reduce((sum, { tokens }) => sum + tokens.length, 0);
  return {
    sampledTokens,
    sampleMs: sampledMs - startMs,
    passMs: passedMs - sampledMs,
    stepMs: performance.now() - startMs,
  };
}

async function fastest(session: Session, shape: GrpoStepShape, shared: boolean): Promise<StepTime> {
  let best = await timeStep(session, shape, shared, 0);
  for (let repeat = 1; repeat < REPEATS; repeat++) {
    const time = await timeStep(session, shape, shared, repeat);
    if (time.stepMs / time.sampledTokens < best.stepMs / best.sampledTokens) best = time;
  }
  return best;
}

/** @returns both steps and the gain in time a sampled token, since the two draw completions of other lengths */
export async function measureGrpoStep(
  model: string,
  shape: GrpoStepShape,
  threads: number,
  workers: number,
): Promise<object> {
  const session = await openSession({
    ...{ modelPath: model, modelHash: '0'.repeat(64), device: 'cpu', numerics: 'native', threads, workers },
    basesDir: join(tmpdir(), 'tinylora-bench-none'),
  });
  try {
    // LoRA needs no bases; its step costs what TinyLoRA's does but for the outer products.
    await session.setAdapter({ kind: 'lora', rank: 2, alpha: 2, seed: 0, targets: [] });
    const sequences = shape.prompts * shape.samples;
    const cells = sequences * (shape.promptTokens + shape.completionTokens);
    await session.configureRollouts({
      ...{ contextTokens: cells, maxSequences: Math.min(248, sequences), cacheType: 'f16', flashAttention: true },
      cacheLayout: 'unified',
      workers: 0,
      batchTokens: 512,
    });
    const shared = await fastest(session, shape, true);
    const separate = await fastest(session, shape, false);
    const perToken = (time: StepTime): number => time.stepMs / time.sampledTokens;
    return { shared, separate, gain: Number((perToken(separate) / perToken(shared)).toFixed(3)) };
  } finally {
    await session.dispose();
  }
}
