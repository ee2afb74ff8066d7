// The real model on a GPU against the CPU's exact pass: log-probs and gradients of completions that the GPU sampled, and
// the log-probs that it sampled them with.
import { join } from 'node:path';
import type { Device } from '../../main/engine/backend-packages.ts';
import { findTask, taskFile } from '../../main/core/tasks/task-files.ts';
import { loadDataSet } from '../../main/engine/data.ts';
import { modelHash } from '../../main/engine/model-hash.ts';
import { openSession } from '../../main/engine/native.ts';
import { PromptBuilder } from '../../main/engine/prompts.ts';
import type { NativeAdapterSpec, Numerics, SequenceGroup, Session } from '../../native/binding/index.d.ts';
import { compare, readManifest, relativeError } from '../../test/golden/golden-data.ts';
import type { Tolerance } from '../../test/golden/golden-data.ts';
import { MODEL_MISSING, MODEL_PATH, MODEL_WANTED } from '../../test/real/model-path.ts';
import type { Claim } from './report.ts';
import { Quantities, skipped } from './report.ts';

const TASK = 'smallest';
const PROMPTS = 8;
const SAMPLES = 4;
const MAX_TOKENS = 16;
const SEQUENCES = PROMPTS * SAMPLES;
const SEQUENCE_TOKENS = 256;
const TARGETS = { targets: [] };
/** Bound of the numbers: completions change and stay text. */
const ADAPTERS: { spec: NativeAdapterSpec; scale: number }[] = [
  {
    spec: {
      ...{ kind: 'tinylora', rank: 2, u: 1, tying: 'tiled', nTie: 1, projectionSeed: 42 },
      ...{ unitNormProjection: false, trainableRank: 0, ...TARGETS },
    },
    scale: 0.1,
  },
  { spec: { kind: 'lora', rank: 8, alpha: 16, seed: 0, ...TARGETS }, scale: 0.01 },
];

export async function proveRealModel(scratch: string, numerics: Numerics): Promise<Claim[]> {
  const { tolerances } = readManifest();
  const bounds = numerics === 'exact' ? tolerances.exact : tolerances.native['Q4_1'];
  if (!bounds) throw new Error('The manifest has no native tolerance for Q4_1.');
  const name = (adapter: string): string => `real model, GPU ${numerics} against CPU exact, ${adapter}`;
  if (MODEL_MISSING) return [skipped(name('TinyLoRA, LoRA'), MODEL_WANTED)];
  const cache = join(scratch, 'cache');
  const onGpu = await open('gpu', numerics, cache);
  const onCpu = await open('cpu', 'exact', cache);
  try {
    const prompts = await promptsOf(onGpu, scratch);
    const claims: Claim[] = [];
    for (const { spec, scale } of ADAPTERS) {
      const { parameterCount } = await onGpu.setAdapter(spec);
      await onCpu.setAdapter(spec);
      const params = Float32Array.from({ length: parameterCount }, (_, index) => scale * Math.sin(3 * index + 1));
      for (const session of [onGpu, onCpu]) await session.setParams(params);
      claims.push(await compareSessions(onGpu, onCpu, prompts, bounds, name(spec.kind)));
    }
    return claims;
  } finally {
    await onGpu.dispose();
    await onCpu.dispose();
  }
}

async function open(device: Device, numerics: Numerics, cache: string): Promise<Session> {
  return openSession({
    ...{ modelPath: MODEL_PATH, modelHash: await modelHash(MODEL_PATH, cache), basesDir: join(cache, 'bases') },
    ...{ device, numerics, threads: 0, workers: 0 },
  });
}

async function promptsOf(session: Session, scratch: string): Promise<Int32Array[]> {
  const data = await loadDataSet(await taskFile(`task:${TASK}/train`, scratch));
  const builder = new PromptBuilder(session, findTask(TASK).settings.prompt);
  return data.problems.slice(0, PROMPTS).map((problem) => builder.build(problem, TASK).tokens);
}

async function compareSessions(
  onGpu: Session,
  onCpu: Session,
  prompts: Int32Array[],
  bounds: Tolerance,
  claim: string,
): Promise<Claim> {
  const { groups, sampledLogprobs } = await sample(onGpu, prompts);
  const actual = await outcomeOf(onGpu, groups);
  const expected = await outcomeOf(onCpu, groups);
  const quantities = new Quantities();
  const { max, squares, count } = compare(actual.logprobs, expected.logprobs);
  quantities.note('log-prob', max, bounds.logprob, 'completions');
  quantities.note('RMS', Math.sqrt(squares / count), bounds.logprob_rms, 'completions');
  quantities.note('gradient', relativeError(actual.gradient, expected.gradient), bounds.grad, 'all numbers');
  const rollouts = compare(sampledLogprobs, expected.logprobs);
  // Rollouts round in exact numerics too, as quantised weights' native ones may.
  const rolloutBound = readManifest().tolerances.native['Q4_1']?.logprob_rms ?? NaN;
  quantities.note('RMS of rollouts', Math.sqrt(rollouts.squares / rollouts.count), rolloutBound, 'completions');
  return quantities.claim(`${claim}: ${count} tokens`);
}

/** Completions as the groups of a pass, with a weight for each token. */
async function sample(
  session: Session,
  prompts: Int32Array[],
): Promise<{ groups: SequenceGroup[]; sampledLogprobs: number[] }> {
  await session.configureRollouts({
    ...{ contextTokens: SEQUENCES * SEQUENCE_TOKENS, maxSequences: SEQUENCES, cacheLayout: 'streams' },
    ...{ cacheType: 'f16', flashAttention: true, workers: 1, batchTokens: 2048 },
  });
  const { completions } = await session.sample({
    prompts: prompts.map((tokens, promptId) => ({ tokens, promptId, lane: 0 })),
    ...{ sampleCount: SAMPLES, seed: 7, stream: 0, temperature: 1, topP: 1, topK: 0, maxTokens: MAX_TOKENS, stop: [] },
  });
  const groups = completions.map((samples, index): SequenceGroup => {
    const weightsOf = (length: number): Float32Array =>
      Float32Array.from({ length }, (_, t) => Math.cos(5 * t + index));
    return {
      ...{ prefix: prompts[index] ?? new Int32Array(0), prefixWeights: null },
      suffixes: samples.map(({ tokens }) => tokens),
      suffixWeights: samples.map(({ tokens }) => weightsOf(tokens.length)),
    };
  });
  return { groups, sampledLogprobs: completions.flat().flatMap(({ logprobs }) => [...logprobs]) };
}

async function outcomeOf(
  session: Session,
  groups: SequenceGroup[],
): Promise<{ logprobs: number[]; gradient: number[] }> {
  session.zeroGrad();
  const result = await session.pass(groups, { temperature: 1, backward: true });
  const logprobs = result.groups.flatMap(({ suffixLogprobs }) => suffixLogprobs.flatMap((values) => [...values]));
  return { logprobs, gradient: [...session.gradient()] };
}
