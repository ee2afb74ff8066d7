// Rollouts against scoring, and shared prompts against separate sequences, on the built-in model.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutOptions, SampleResult, SequenceGroup, Session } from '../../native/binding/index.d.ts';
import { withModel } from '../../main/engine/tools/tool-context.ts';
import type { OpenedModel } from '../../main/engine/tools/tool-context.ts';
import type { ToolSession } from '../../contracts/tool-protocol.ts';

import type { Claim } from './report.ts';
import { atMost, reported, REPOSITORY_ROOT, short } from './report.ts';

const RESOURCES = join(REPOSITORY_ROOT, 'resources');
const PROMPTS = 64;
const MAX_TOKENS = 48;
const PRECISE: RolloutOptions = {
  contextTokens: 8192,
  maxSequences: PROMPTS,
  cacheType: 'f32',
  flashAttention: false,
  cacheLayout: 'unified',
  workers: 0,
  batchTokens: 512,
};

/** The first problems of the built-in task, as they are asked. */
function prompts(session: Session): Int32Array[] {
  const lines = readFileSync(join(RESOURCES, 'tasks', 'chain', 'train.jsonl'), 'utf8')
    .split('\n')
    .slice(0, PROMPTS);
  return lines.map((line) => {
    const { question } = JSON.parse(line) as { question: string };
    return session.tokenize(question, { special: false, addBos: false });
  });
}

function sample(session: Session, asked: Int32Array[]): Promise<SampleResult> {
  return session.sample({
    prompts: asked.map((tokens, promptId) => ({ tokens, promptId, lane: 0 })),
    ...{ sampleCount: 1, seed: 5, stream: 0, temperature: 1, topP: 1, topK: 0, maxTokens: MAX_TOKENS, stop: [] },
  });
}

/** Largest difference between the rollouts' log-probs and those of the training pass over the same ids. */
async function worstDifference(session: Session, asked: Int32Array[], result: SampleResult): Promise<number> {
  const groups = result.completions.map((samples, index): SequenceGroup => {
    return {
      prefix: asked[index] ?? new Int32Array(0),
      prefixWeights: null,
      suffixes: samples.map(({ tokens }) => tokens),
      suffixWeights: samples.map(({ tokens }) => new Float32Array(tokens.length)),
    };
  });
  const scored = await session.pass(groups, { temperature: 1, backward: false });
  const differences = result.completions.flatMap((samples, index) =>
    samples.flatMap(({ logprobs }, sampleIndex) =>
      Array.from(logprobs, (logprob, token) =>
        Math.abs(logprob - (scored.groups[index]?.suffixLogprobs[sampleIndex]?.[token] ?? NaN)),
      ),
    ),
  );
  return differences.reduce((worst, value) => (Number.isNaN(value) ? Infinity : Math.max(worst, value)), 0);
}

async function setTinyLora({ session }: OpenedModel): Promise<void> {
  const { parameterCount } = await session.setAdapter({
    kind: 'tinylora',
    ...{ rank: 2, u: 2, tying: 'tiled', nTie: 4, projectionSeed: 0, unitNormProjection: false, trainableRank: 0 },
    targets: [],
  });
  await session.setParams(Float32Array.from({ length: parameterCount }, (_, i) => 0.1 * Math.sin(3 * i + 1)));
}

async function proveLogprobs(model: OpenedModel): Promise<Claim[]> {
  const { session } = model;
  await setTinyLora(model);
  const asked = prompts(session);
  await session.configureRollouts(PRECISE);
  const precise = await worstDifference(session, asked, await sample(session, asked));
  const claims = [
    atMost(`score = rollout log-probs, F32 cache, no flash attention, ${PROMPTS} together`, precise, 1e-4),
  ];
  for (const maxSequences of [1, PROMPTS]) {
    await session.configureRollouts({ ...PRECISE, maxSequences, cacheType: 'f16', flashAttention: true });
    const difference = await worstDifference(session, asked, await sample(session, asked));
    const how = maxSequences === 1 ? 'one at a time' : `${maxSequences} together`;
    claims.push(reported(`score − rollout log-probs, F16 cache, flash attention, ${how}`, short(difference)));
  }
  return claims;
}

/** Weighted completions of the first prompts: [0, 1) weights of both signs from a fixed series. */
function weightedGroups(session: Session): SequenceGroup[] {
  return prompts(session)
    .slice(0, 6)
    .map((prefix, index) => {
      const suffixes = Array.from({ length: 8 }, (_, i) =>
        Int32Array.from(
          { length: 5 + ((i * 7 + index) % 20) },
          (_unused, t) => prefix[(t * 3 + i) % prefix.length] ?? 0,
        ),
      );
      const suffixWeights = suffixes.map((tokens, i) =>
        Float32Array.from(tokens, (_, t) => Math.sin(5 * i + t + index)),
      );
      return { prefix, prefixWeights: null, suffixes, suffixWeights };
    });
}

function separated(groups: SequenceGroup[]): SequenceGroup[] {
  return groups.flatMap((group) =>
    group.suffixes.map((suffix, i) => {
      return { ...group, suffixes: [suffix], suffixWeights: [group.suffixWeights[i] ?? new Float32Array(0)] };
    }),
  );
}

async function gradientOf(session: Session, groups: SequenceGroup[]): Promise<Float64Array> {
  session.zeroGrad();
  await session.pass(groups, { temperature: 1, backward: true });
  return session.gradient();
}

async function proveSharedPrefix(model: OpenedModel): Promise<Claim[]> {
  const { session } = model;
  const claims: Claim[] = [];
  for (const kind of ['tinylora', 'lora', 'full'] as const) {
    if (kind === 'tinylora') await setTinyLora(model);
    else if (kind === 'lora') await session.setAdapter({ kind, rank: 4, alpha: 8, seed: 1, targets: [] });
    else await session.setAdapter({ kind });
    const groups = weightedGroups(session);
    const together = await gradientOf(session, groups);
    const apart = await gradientOf(session, separated(groups));
    const difference = Math.sqrt(apart.reduce((sum, value, i) => sum + (value - (together[i] ?? NaN)) ** 2, 0));
    const size = Math.sqrt(apart.reduce((sum, value) => sum + value ** 2, 0));
    const claim = `gradient behind a shared prompt = of separate sequences, ${kind}, ${apart.length} numbers`;
    claims.push(atMost(claim, difference / size, 5e-5));
  }
  return claims;
}

export function proveRollouts(scratch: string): Promise<Claim[]> {
  const options: ToolSession = {
    modelPath: join(RESOURCES, 'models', 'chain.gguf'),
    cacheFolder: join(scratch, 'cache'),
    device: 'cpu',
    threads: 0,
    numerics: 'exact',
  };
  return withModel(options, async (model) => [...(await proveLogprobs(model)), ...(await proveSharedPrefix(model))]);
}
