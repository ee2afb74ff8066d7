// The update on a real session: what is skipped, masked and capped.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Session, TinyLoraSpec } from '../../native/binding/index.d.ts';
import type { GrpoSettings, RolloutGroup } from './grpo.ts';
import { updateOnRollouts } from './grpo.ts';
import { openSession } from './native.ts';

const MODEL = join(import.meta.dirname, '../../../shared/golden/llama-tied/model.gguf');
const bases = mkdtempSync(join(tmpdir(), 'tinylora-grpo-'));
afterAll(() => rmSync(bases, { recursive: true }));

const ADAPTER: TinyLoraSpec = {
  ...{ kind: 'tinylora', rank: 2, u: 2, tying: 'tiled', nTie: 5, projectionSeed: 1 },
  ...{ unitNormProjection: false, trainableRank: 0, targets: [] },
};
const settings: GrpoSettings = {
  ...{ temperature: 1, clipEpsilon: 0.2, klCoefficient: 0, importanceCap: 2, advantage: 'group-std' },
  ...{ advantageEpsilon: 1e-6, aggregation: 'token-mean', maxCompletionTokens: 8, optimiserSteps: 1 },
  ...{ microBatchTokens: 0, referenceParams: null, recordAll: false },
  optimiser: {
    ...{ learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 },
    storage: { precision: 'fp32', mode: 'rounded-after-step' },
  },
};

/** One prompt with completions of these rewards; log-probs say that the rollout policy was the training policy. */
function group(first: number, rewards: (number | null)[]): RolloutGroup {
  return {
    prompt: Int32Array.of(first, 40, 41),
    completions: rewards.map((reward, index) => ({
      tokens: Int32Array.of(50 + index, 60 + first, 70),
      logprobs: Float32Array.of(-5, -5, -5),
      reward,
    })),
  };
}

describe.skipIf(!existsSync(MODEL))('updateOnRollouts (needs ../shared/golden)', () => {
  let session: Session;
  beforeAll(async () => {
    const modelHash = createHash('sha256').update(readFileSync(MODEL)).digest('hex');
    const numbers = { device: 'cpu', numerics: 'exact', threads: 1, workers: 1 } as const;
    session = await openSession({ modelPath: MODEL, modelHash, basesDir: bases, ...numbers });
  });
  afterAll(() => session.dispose());
  beforeEach(async () => {
    await session.setAdapter(ADAPTER);
  });

  async function paramsAfter(changes: Partial<GrpoSettings>, groups: RolloutGroup[]): Promise<Float32Array> {
    await updateOnRollouts(session, { ...settings, ...changes }, groups);
    return session.params();
  }

  it('leaves out groups without variance, and their tokens still count', async () => {
    const groups = [group(1, [1, 0, 0]), group(2, [1, 1, 1]), group(3, [0, 0])];
    const skipped = await updateOnRollouts(session, settings, groups);
    expect(skipped.sent).toEqual([{ group: 0, completions: [0, 1, 2] }]);
    // Adam's first step forgets the gradient's scale, so the gradient itself is compared.
    const gradient = session.gradient();
    await session.setParams(new Float32Array(gradient.length));
    await updateOnRollouts(session, { ...settings, recordAll: true }, groups);
    const whole = session.gradient();
    const worst = Math.max(...gradient.map((value, index) => Math.abs(value - (whole[index] ?? NaN))));
    expect(worst).toBeLessThan(1e-6 * Math.hypot(...whole));
    await session.setParams(new Float32Array(gradient.length));
    await updateOnRollouts(session, settings, groups.slice(0, 1));
    expect(Math.hypot(...session.gradient())).toBeCloseTo((Math.hypot(...gradient) * 24) / 9, 5);
  });

  it('computes nothing where no group has a signal, and moves nothing', async () => {
    const params = await paramsAfter({}, [group(1, [1, 1]), group(2, [0, 0])]);
    expect(params.every((value) => value === 0)).toBe(true);
  });

  it('masks completions without a reward, as if they had never been sampled', async () => {
    const masked = await updateOnRollouts(session, settings, [group(1, [1, 0, null])]);
    expect(masked.advantages[0]?.[2]).toBeNull();
    expect(masked.sent).toEqual([{ group: 0, completions: [0, 1] }]);
    const params = session.params();
    await session.setAdapter(ADAPTER);
    expect(await paramsAfter({}, [group(1, [1, 0])])).toEqual(params);
  });

  it('caps importance weights: planted ratios 0.5, 1 and 3 give 0.5, 1 and 2', async () => {
    const [planted] = [group(1, [1, 0])];
    const { oldLogprobs } = await updateOnRollouts(session, settings, [planted]);
    await session.setParams(new Float32Array(session.params().length));
    const ratios = [0.5, 1, 3];
    planted.completions.forEach((completion, index) => {
      completion.logprobs = (oldLogprobs[0]?.[index] ?? new Float32Array()).map(
        (logprob, token) => logprob - Math.log(ratios[token] ?? NaN),
      );
    });
    const { steps } = await updateOnRollouts(session, settings, [planted]);
    for (const weights of steps[0]?.pass.groups[0]?.importanceWeights ?? []) {
      expect([...weights].map((weight) => Number(weight.toFixed(5)))).toEqual([0.5, 1, 2]);
    }
  });
});
