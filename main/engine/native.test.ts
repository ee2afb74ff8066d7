// The addon on a small reference model: log-probs, entropies, losses and gradients against float64 references.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ModelInfo, SequenceGroup, Session } from '../../native/binding/index.d.ts';
import { backendPackage } from './backend-packages.ts';
import type { GradientLine, GrpoReference, ScoreLine } from './native-fixtures.ts';
import {
  ADAMW,
  available,
  golden,
  jsonLines,
  modelPath,
  peftAdapter,
  repositoryRoot,
  sessionOptions,
  whole,
  worstDifference,
} from './native-fixtures.ts';
import { backendDir, loadNative, openSession } from './native.ts';
import { MODULE_PATHS } from './tools/peft-names.ts';

const TOLERANCE = { logprob: 2e-4, entropy: 5e-4, gradient: 1e-3 };
const scratch = mkdtempSync(join(tmpdir(), 'tinylora-native-'));
const bases = join(scratch, 'bases');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const gpuPackage = backendPackage('gpu', process.platform, process.arch);

describe.runIf(gpuPackage !== null)('folder of the backends', () => {
  const root = mkdtempSync(join(scratch, 'root-'));
  const built = join(root, 'native', 'build', 'cuda-backend');
  const scope = join('native', 'cuda', 'node_modules', '@node-llama-cpp');
  const installedApart = join(root, scope, gpuPackage ?? '', 'bins', gpuPackage ?? '');
  afterEach(() => vi.unstubAllEnvs());

  it('is for a GPU the named one, else the one built here, else the one installed apart', () => {
    vi.stubEnv('TINYLORA_BACKEND_DIR', '');
    mkdirSync(installedApart, { recursive: true });
    expect(backendDir('gpu', root)).toBe(installedApart);
    mkdirSync(built, { recursive: true });
    writeFileSync(join(built, 'libggml-cuda.so.partial'), '');
    expect(backendDir('gpu', root)).toBe(installedApart);
    writeFileSync(join(built, 'libggml-cuda.so'), '');
    expect(backendDir('gpu', root)).toBe(built);
    vi.stubEnv('TINYLORA_BACKEND_DIR', '/elsewhere');
    expect(backendDir('gpu', root)).toBe('/elsewhere');
  });

  it('is for the CPU the npm package, whatever there is for a GPU', () => {
    vi.stubEnv('TINYLORA_BACKEND_DIR', '');
    mkdirSync(built, { recursive: true });
    writeFileSync(join(built, 'libggml-cuda.so'), '');
    expect(backendDir('cpu', root)).toBe(backendDir('cpu'));
    expect(backendDir('cpu', root)).not.toContain(root);
  });
});

describe('addon without a session', () => {
  it('states its versions and lists the CPU', () => {
    const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string };
    const { devices, versions } = loadNative();
    expect(versions).toEqual({ addon: manifest.version, ggml: '0.23.0', llama: expect.any(String) as string });
    expect(devices(backendDir('cpu')).map(({ kind }) => kind)).toContain('cpu');
    expect(() => devices(join(scratch, 'nowhere'))).toThrow(/nowhere.*TINYLORA_BACKEND_DIR/);
  });

  it('switches CUDA graphs off before a GPU is used', async () => {
    const options = { ...sessionOptions(join(scratch, 'none.gguf'), bases), device: 'gpu' as const };
    delete process.env['GGML_CUDA_DISABLE_GRAPHS'];
    await expect((async () => openSession(options))()).rejects.toThrow();
    expect(process.env['GGML_CUDA_DISABLE_GRAPHS']).toBe('1');
  });

  it.runIf(process.platform === 'linux')('says that there is no GPU backend, and how to get one', async () => {
    const options = { ...sessionOptions(modelPath, bases), device: 'gpu' as const };
    vi.stubEnv('TINYLORA_BACKEND_DIR', backendDir('cpu'));
    await expect((async () => openSession(options))()).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(
        /has no GPU backend \(libggml-cuda\.so.*TINYLORA_BACKEND_DIR.*device cpu/,
      ) as string,
    });
    const broken = mkdtempSync(join(scratch, 'broken-'));
    writeFileSync(join(broken, 'libggml-cuda.so'), 'no library');
    vi.stubEnv('TINYLORA_BACKEND_DIR', broken);
    await expect((async () => openSession(options))()).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/ libggml-cuda\.so: .*(header|short).* Use the device cpu/) as string,
    });
    vi.unstubAllEnvs();
  });

  it('generates Philox blocks as published', () => {
    const { philox } = loadNative();
    expect([...philox([0, 0], [0, 0, 0, 0])]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    expect([...philox([ones, ones], [ones, ones, ones, ones])]).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(() => philox([0, -1], [0, 0, 0, 0])).toThrow('key[1] must be an integer from 0 to 4294967295; got -1.');
  });

  it('draws projection normals that depend on seed and module', () => {
    const { projectionNormals } = loadNative();
    const normals = projectionNormals(42, 'blk.0.attn_q', 10_000);
    const mean = normals.reduce((sum, value) => sum + value, 0) / normals.length;
    const variance = normals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normals.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
    expect(projectionNormals(42, 'blk.0.attn_q', 4)).toEqual(normals.slice(0, 4));
    expect(projectionNormals(42, 'blk.0.attn_k', 1)[0]).not.toBe(normals[0]);
  });

  it('names the argument that is wrong', async () => {
    const options = sessionOptions('model.gguf', bases);
    await expect(openSession({ ...options, threads: 1.5 })).rejects.toThrow(TypeError);
    await expect(openSession({ ...options, threads: 1.5 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'options.threads must be an integer from 1 to 1024; got 1.5.',
    });
    await expect(openSession({ ...options, modelHash: 'x' })).rejects.toThrow(
      /^options\.modelHash must be the file's SHA-256/,
    );
    expect(() => new (loadNative().Session)()).toThrow('Use await Session.load(options).');
  });

  it('refuses a file that is missing', async () => {
    const path = join(scratch, 'missing.gguf');
    await expect(openSession(sessionOptions(path, bases))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining(path) as string,
    });
  });

  it.skipIf(!available)('refuses a file that is truncated', async () => {
    const path = join(scratch, 'truncated.gguf');
    writeFileSync(path, readFileSync(modelPath).subarray(0, 100_000));
    await expect(openSession(sessionOptions(path, bases))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining(path) as string,
    });
  });
});

describe.skipIf(!available)('session against the reference', () => {
  let session: Session;
  let info: ModelInfo;

  beforeAll(async () => {
    session = await openSession(sessionOptions(modelPath, bases));
    info = session.info();
  });
  afterAll(() => session.dispose());

  it('describes the model', () => {
    expect(info).toMatchObject({
      family: 'llama',
      layerCount: 3,
      embeddingSize: 64,
      feedForwardSize: 160,
      headCount: 4,
      keyValueHeadCount: 2,
      headSize: 16,
      vocabularySize: 256,
      tiedEmbeddings: true,
      permutedQueryKey: true,
      hasTokenizer: false,
      beginOfSequenceId: null,
      endOfSequenceId: null,
      endOfGenerationIds: [],
      chatTemplate: null,
    });
    expect(info.modules.slice(0, 7).map(({ type }) => type)).toEqual(Object.keys(MODULE_PATHS));
    expect(info.modules[1]).toEqual({
      name: 'blk.0.attn_k',
      layer: 0,
      type: 'attn_k',
      inputSize: 64,
      outputSize: 32,
      weightType: 'f32',
    });
    expect(info.tensors).toHaveLength(29);
    expect(info.tensors).toContainEqual({ name: 'blk.2.ffn_down.weight', type: 'f32', shape: [64, 160] });
  });

  it('scores as the reference does', async () => {
    const lines = jsonLines<ScoreLine>('score.jsonl');
    const { groups } = await session.pass(
      lines.map((line) => whole(line.tokens)),
      { temperature: 1, backward: false },
    );
    lines.forEach((line, index) => {
      expect(worstDifference(groups[index]?.prefixLogprobs, line.logprobs)).toBeLessThan(TOLERANCE.logprob);
      expect(worstDifference(groups[index]?.prefixEntropy, line.entropy)).toBeLessThan(TOLERANCE.entropy);
    });
  });

  it('computes the loss and gradient of a PEFT adapter as the reference does', async () => {
    const { spec, params } = await peftAdapter('tiny-tied', info);
    const adapter = await session.setAdapter(spec);
    expect(adapter).toMatchObject({ kind: 'factored', parameterCount: params.length });
    await session.setParams(params);
    expect(session.params()).toEqual(params);

    for (const line of jsonLines<GradientLine>('tiny-tied.grad.jsonl')) {
      session.zeroGrad();
      const { loss, groups } = await session.pass([whole(line.tokens, line.weights)], {
        temperature: 1,
        backward: true,
      });
      const weightSum = line.weights.reduce<number>((sum, weight) => sum + Math.abs(weight ?? 0), 0);
      expect(Math.abs(loss - line.loss)).toBeLessThan(weightSum * TOLERANCE.logprob);
      expect(worstDifference(groups[0]?.prefixLogprobs, line.scored)).toBeLessThan(TOLERANCE.logprob);

      const expected = Array.from(params, (_, group) => line.grad[`base_model.tinylora_v.${group}`] ?? []).flat();
      const gradient = session.gradient();
      expect(gradient).toHaveLength(expected.length);
      const error = Math.hypot(...expected.map((value, index) => value - (gradient[index] ?? Number.NaN)));
      expect(error / Math.hypot(...expected)).toBeLessThan(TOLERANCE.gradient);
    }
  });

  it('takes the optimiser steps of the GRPO reference', async () => {
    const reference = JSON.parse(
      readFileSync(join(golden, 'steps', 'grpo-three-steps-kl-clip-norm.json'), 'utf8'),
    ) as GrpoReference;
    const { config, expected } = reference;
    const { spec, params } = await peftAdapter(join('steps', reference.adapter), info);
    await session.setAdapter(spec);
    await session.setParams(params);
    const tokenCount = reference.groups
      .flatMap(({ completions }) => completions)
      .flatMap(({ tokens }) => tokens).length;
    const groups = reference.groups.map(({ prompt, completions }, index): SequenceGroup => {
      return {
        prefix: Int32Array.from(prompt),
        prefixWeights: null,
        suffixes: completions.map(({ tokens }) => Int32Array.from(tokens)),
        suffixWeights: [],
        advantages: Float32Array.from(expected.advantages[index] ?? []),
        rolloutLogprobs: completions.map(({ logprobs }) => Float32Array.from(logprobs)),
        oldLogprobs: (expected.logprobs_old[index] ?? []).map((list) => Float32Array.from(list)),
        referenceLogprobs: (expected.logprobs_ref[index] ?? []).map((list) => Float32Array.from(list)),
        tokenScales: Float32Array.from(completions, () => 1 / tokenCount),
      };
    });
    const grpo = {
      clipEpsilon: config.clip_epsilon,
      importanceCap: config.importance_cap,
      klCoefficient: config.beta,
    };
    for (const step of expected.steps) {
      session.zeroGrad();
      const result = await session.pass(groups, { temperature: config.temperature, backward: true, grpo });
      expect(Math.abs(result.loss - step.loss)).toBeLessThan(1e-4);
      result.groups.forEach((group, index) => {
        const close = (actual: Float32Array[] | undefined, wanted: number[][][], bound: number): void =>
          wanted[index]?.forEach((list, sample) => expect(worstDifference(actual?.[sample], list)).toBeLessThan(bound));
        close(group.suffixLogprobs, step.logprobs, TOLERANCE.logprob);
        close(group.importanceWeights, expected.importance_weights, 1e-3);
        close(group.ratios, step.ratios, 1e-3);
        close(group.k3, step.k3, 1e-4);
        close(group.lossGradients, step.dloss_dlogprob, 1e-4);
        expect(group.clipped?.map((flags) => [...flags])).toEqual(step.clipped[index]);
      });
      const { gradientNorm } = await session.optimStep({
        ...ADAMW,
        learningRate: config.lr,
        clipNorm: config.clip_norm,
      });
      expect(Math.abs(gradientNorm / step.grad_norm - 1)).toBeLessThan(1e-3);
      const after = Float32Array.from(Object.values(step.v_after).flat());
      session.params().forEach((value, index) => {
        expect(Math.abs(value - (after[index] ?? Number.NaN))).toBeLessThan(1e-2 * config.lr);
      });
    }
  });

  it('gives the same gradient for a prompt shared by its completions as for separate sequences', async () => {
    const { spec, params } = await peftAdapter('tiny-tied', info);
    await session.setAdapter(spec);
    await session.setParams(params);
    const [prompt, first, second] = [
      [5, 6, 7, 8],
      [9, 10, 11],
      [12, 13],
    ] as const;
    const suffixWeights = [Float32Array.of(1, -0.5, 2), Float32Array.of(0.3, 0.7)];
    const shared: SequenceGroup = {
      prefix: Int32Array.from(prompt),
      prefixWeights: null,
      suffixes: [Int32Array.from(first), Int32Array.from(second)],
      suffixWeights,
    };
    await session.pass([shared], { temperature: 1, backward: true });
    const together = session.gradient();
    session.zeroGrad();
    const separate = [first, second].map((suffix, index) =>
      whole([...prompt, ...suffix], [...prompt.map(() => 0), ...(suffixWeights[index] ?? [])]),
    );
    await session.pass(separate, { temperature: 1, backward: true });
    const apart = session.gradient();
    const difference = Math.hypot(...Array.from(apart, (value, index) => value - (together[index] ?? Number.NaN)));
    expect(difference / Math.hypot(...apart)).toBeLessThan(5e-5);
  });
});
