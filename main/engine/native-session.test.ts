// A session's rules: optimiser, rollouts, merging, saving, cancellation and refusals, on the small reference model.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelInfo, SequenceGroup, Session } from '../../native/binding/index.d.ts';
import type { GradientLine } from './native-fixtures.ts';
import {
  ADAMW,
  available,
  jsonLines,
  modelPath,
  peftAdapter,
  request,
  rollouts,
  sessionOptions,
  whole,
  worstDifference,
} from './native-fixtures.ts';
import { openSession } from './native.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tinylora-session-'));
const bases = join(scratch, 'bases');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.skipIf(!available)('session in exact mode', () => {
  let session: Session;
  let info: ModelInfo;

  beforeAll(async () => {
    session = await openSession(sessionOptions(modelPath, bases));
    info = session.info();
    await session.configureRollouts(rollouts);
  });
  afterAll(() => session.dispose());

  it('steps with AdamW, and repeats a step from saved state', async () => {
    await session.setAdapter({ kind: 'lora-xs', rank: 2, targets: ['attn_q', 'ffn_down'] });
    const [line] = jsonLines<GradientLine>('tiny-tied.grad.jsonl');
    await session.pass([whole(line?.tokens ?? [], line?.weights)], { temperature: 1, backward: true });
    const gradient = session.gradient();
    const result = await session.optimStep(ADAMW);
    expect(result.gradientNorm).toBeCloseTo(Math.hypot(...gradient), 10);
    // The first step of Adam has size learningRate against the sign of the gradient.
    session.params().forEach((value, index) => {
      expect(value).toBeCloseTo(-ADAMW.learningRate * Math.sign(gradient[index] ?? 0), 5);
    });

    const [params, state] = [session.params(), session.optimiserState()];
    expect(state.step).toBe(1);
    await session.optimStep(ADAMW);
    const second = session.params();
    expect(second).not.toEqual(params);
    await session.setParams(params);
    session.setOptimiserState(state);
    await session.optimStep(ADAMW);
    expect(session.params()).toEqual(second);
  });

  it('samples with the log-probs that scoring finds', async () => {
    const { spec, params } = await peftAdapter('tiny-tied', info);
    await session.setAdapter(spec);
    await session.setParams(params);
    const { completions, statistics } = await session.sample(request);
    expect(completions.map((samples) => samples.length)).toEqual([3, 3]);
    expect(statistics.decodedTokens).toBeGreaterThan(0);
    const groups = completions.map((samples, index): SequenceGroup => {
      return {
        prefix: request.prompts[index]?.tokens ?? new Int32Array(0),
        prefixWeights: null,
        suffixes: samples.map(({ tokens }) => tokens),
        suffixWeights: samples.map(({ tokens }) => new Float32Array(tokens.length)),
      };
    });
    const scored = await session.pass(groups, { temperature: 1, backward: false });
    completions.forEach((samples, index) =>
      samples.forEach(({ tokens, logprobs, finishReason }, sample) => {
        expect([tokens.length, finishReason]).toEqual([12, 'length']);
        const again = scored.groups[index]?.suffixLogprobs[sample];
        expect(worstDifference(again, logprobs)).toBeLessThan(1e-4);
      }),
    );
    expect(await session.sample(request)).toMatchObject({ completions });
  });

  it('merges into the live weights and restores them bit for bit', async () => {
    const { spec, params } = await peftAdapter('tiny-tied', info);
    await session.setAdapter(spec);
    await session.setParams(params);
    const tokens = [1, 2, 3, 4, 5, 6];
    const adapted = await session.pass([whole(tokens)], { temperature: 1, backward: false });
    const sampled = await session.sample(request);
    const before = session.tensor('blk.1.ffn_up.weight');

    const report = await session.merge();
    expect(report.modules).toHaveLength(info.modules.length);
    expect(report.fidelity).toBeCloseTo(1, 3);
    expect(session.tensor('blk.1.ffn_up.weight')).not.toEqual(before);
    await expect(session.pass([whole(tokens)], { temperature: 1, backward: false })).rejects.toThrow(/merged.*unmerge/);
    const merged = await session.pass([whole(tokens)], { temperature: 1, backward: false, adapterOff: true });
    const expected = adapted.groups[0]?.prefixLogprobs ?? new Float32Array(0);
    expect(worstDifference(merged.groups[0]?.prefixLogprobs, expected)).toBeLessThan(1e-4);
    const greedy = { ...request, temperature: 0 };
    const mergedGreedy = await session.sample(greedy);

    await session.unmerge();
    expect(session.tensor('blk.1.ffn_up.weight')).toEqual(before);
    expect(await session.sample(request)).toMatchObject({ completions: sampled.completions });
    const tokensOf = ({ completions }: typeof sampled): Int32Array[] =>
      completions.flat().map((completion) => completion.tokens);
    expect(tokensOf(await session.sample(greedy))).toEqual(tokensOf(mergedGreedy));
  });

  it('trains every weight, saves the model and puts the base back', async () => {
    const base = session.tensor('blk.0.attn_v.weight');
    const adapter = await session.setAdapter({ kind: 'full' });
    const run = adapter.parameters.find(({ name }) => name === 'blk.0.attn_v.weight');
    const params = session.params();
    expect(params.subarray(run?.offset, (run?.offset ?? 0) + base.length)).toEqual(base);
    params[run?.offset ?? 0] = 0.5;
    await session.setParams(params);
    expect(session.tensor('blk.0.attn_v.weight')[0]).toBe(0.5);

    const path = join(scratch, 'trained.gguf');
    await session.saveModel(path);
    const saved = await openSession(sessionOptions(path, bases));
    expect(saved.info()).toMatchObject({ ...info, name: info.name, tensors: info.tensors });
    expect(saved.tensor('blk.0.attn_v.weight')).toEqual(session.tensor('blk.0.attn_v.weight'));
    await saved.dispose();

    await session.clearAdapter();
    expect(session.tensor('blk.0.attn_v.weight')).toEqual(base);
  });

  it('leaves nothing behind when the model cannot be saved', async () => {
    const path = join(scratch, 'nowhere', 'model.gguf');
    await expect(session.saveModel(path)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining(path) as string,
    });
    expect(readdirSync(scratch)).not.toContain('nowhere');
  });

  it('cancels the running operation alone, within a second', async () => {
    const long = { ...request, sampleCount: 2000, maxTokens: 400 };
    const sampling = session.sample(long);
    const outcome = expect(sampling).rejects.toMatchObject({ code: 'CANCELLED' });
    while (session.progress().done === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const next = session.sample(request);
    const cancelledAtMs = performance.now();
    session.cancel();
    await outcome;
    expect(performance.now() - cancelledAtMs).toBeLessThan(1000);
    expect((await next).completions).toHaveLength(2);
  });

  it('refuses to read state that a pending operation may change', async () => {
    await session.setAdapter({ kind: 'lora-xs', rank: 2, targets: [] });
    const pending = session.setParams(session.params());
    expect(() => session.params()).toThrow('params: another operation of this session is pending. Await it first.');
    await pending;
    expect(session.params()).toHaveLength(info.modules.length * 4);
  });

  it('refuses requests that do not fit, naming what is wrong', async () => {
    await session.setAdapter({ kind: 'lora-xs', rank: 2, targets: [] });
    await expect(session.setParams(new Float32Array(3))).rejects.toThrow(/84 numbers, but 3 were given/);
    await expect(session.setAdapter({ kind: 'lora-xs', rank: 1000, targets: [] })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    expect(() => session.params()).toThrow('params: no adapter is set. Call setAdapter first.');
    await expect(session.pass([whole([1, 256])], { temperature: 1, backward: false })).rejects.toThrow(
      "groups[0].prefix holds the token id 256 at index 1, but the model's ids run from 0 to 255.",
    );
    const unweighted = { ...whole([1, 2]), suffixes: [Int32Array.of(3)] };
    await expect(session.pass([unweighted], { temperature: 1, backward: false })).rejects.toThrow(
      'groups[0].suffixWeights must hold one array for each of the 1 suffixes; got 0.',
    );
    await expect(session.pass([whole([1, 2])], { temperature: 1, backward: true })).rejects.toThrow(
      /no adapter is set/,
    );
    expect(() => session.tokenize('1 + 1', { special: false, addBos: false })).toThrow(/no tokenizer/);
    expect(() => session.tensor('blk.9.attn_q.weight')).toThrow(/blk\.9\.attn_q\.weight/);
  });

  it('refuses everything once it is disposed', async () => {
    const second = await openSession(sessionOptions(modelPath, bases));
    await second.dispose();
    await second.dispose();
    expect(() => second.info()).toThrow(/disposed/);
    await expect(second.sample(request)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
