// The reference model of the session's tests, and a PEFT adapter read from its definition. No process runs it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type {
  AdamWOptions,
  FactoredSpec,
  ModelInfo,
  ModuleInfo,
  SampleRequest,
  SequenceGroup,
  SessionOptions,
} from '../../native/binding/index.d.ts';
import { MODULE_PATHS } from './tools/peft-names.ts';
import { readSafetensors } from './tools/safetensors.ts';

export const repositoryRoot = join(import.meta.dirname, '..', '..');
export const golden = join(repositoryRoot, '..', 'shared', 'golden', 'llama-tied');
export const modelPath = join(golden, 'model.gguf');
/** Reference data lies beside the repository; without it there is nothing to compare with. */
export const available = existsSync(modelPath);
export const ADAMW: AdamWOptions = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 0,
  storage: { precision: 'fp32', mode: 'rounded-after-step' },
};

export interface ScoreLine {
  tokens: number[];
  logprobs: (number | null)[];
  entropy: (number | null)[];
}
export interface GradientLine {
  tokens: number[];
  weights: (number | null)[];
  loss: number;
  scored: (number | null)[];
  grad: Record<string, number[]>;
}

/** Lists by [group][completion][token]. */
type TokenLists = number[][][];
export interface GrpoReference {
  adapter: string;
  config: {
    temperature: number;
    clip_epsilon: number;
    importance_cap: number;
    beta: number;
    lr: number;
    clip_norm: number;
  };
  groups: { prompt: number[]; completions: { tokens: number[]; reward: number; logprobs: number[] }[] }[];
  expected: {
    advantages: number[][];
    logprobs_old: TokenLists;
    logprobs_ref: TokenLists;
    importance_weights: TokenLists;
    steps: {
      loss: number;
      logprobs: TokenLists;
      ratios: TokenLists;
      k3: TokenLists;
      clipped: TokenLists;
      dloss_dlogprob: TokenLists;
      grad_norm: number;
      /** By PEFT's name, groups in order. */
      v_after: Record<string, number[]>;
    }[];
  };
}

export function jsonLines<Line>(name: string): Line[] {
  const lines = readFileSync(join(golden, name), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}

export function sessionOptions(
  path: string,
  basesDir: string,
  numerics: SessionOptions['numerics'] = 'exact',
): Omit<SessionOptions, 'backendDir' | 'kernelLibrary'> {
  const modelHash = createHash('sha256')
    .update(existsSync(path) ? readFileSync(path) : '')
    .digest('hex');
  return {
    modelPath: path,
    modelHash,
    device: 'cpu',
    numerics,
    threads: 1,
    workers: 1,
    basesDir,
  };
}

/** A whole sequence as a prefix alone: every token but the first is scored. */
export function whole(tokens: number[], weights: (number | null)[] = tokens.map(() => 0)): SequenceGroup {
  const prefixWeights = Float32Array.from(weights, (weight) => weight ?? 0);
  return { prefix: Int32Array.from(tokens), prefixWeights, suffixes: [], suffixWeights: [] };
}

/** Largest difference; the first token of a sequence has no log-prob and is left out. */
export function worstDifference(actual: Float32Array | null | undefined, expected: ArrayLike<number | null>): number {
  expect(actual?.length).toBe(expected.length);
  let worst = 0;
  for (let index = Number.isFinite(expected[0]) ? 0 : 1; index < expected.length; ++index) {
    worst = Math.max(worst, Math.abs((actual?.[index] ?? Number.NaN) - (expected[index] ?? Number.NaN)));
  }
  return worst;
}

/** llama's q and k: transformers' row s·h/2 + p of a head is the GGUF's row 2p + s. */
function permutedRows(data: Float32Array, module: ModuleInfo, { headSize }: ModelInfo): Float32Array {
  if (module.type !== 'attn_q' && module.type !== 'attn_k') return data;
  const columns = data.length / module.outputSize;
  const moved = new Float32Array(data.length);
  for (let row = 0; row < module.outputSize; ++row) {
    const inHead = row % headSize;
    const half = Math.floor(inHead / (headSize / 2));
    const target = row - inHead + 2 * (inHead % (headSize / 2)) + half;
    moved.set(data.subarray(row * columns, (row + 1) * columns), target * columns);
  }
  return moved;
}

/** A TinyLoRA checkpoint of PEFT as given factors, with its v. */
export async function peftAdapter(
  name: string,
  info: ModelInfo,
): Promise<{ spec: FactoredSpec; params: Float32Array }> {
  const { tensors } = await readSafetensors(join(golden, name, 'adapter_model.safetensors'));
  const data = (tensor: string): Float32Array => tensors.get(tensor)?.data ?? new Float32Array(0);
  const groupCount = [...tensors.keys()].filter((key) => key.includes('tinylora_v.')).length;
  const u = data('base_model.tinylora_v.0').length;
  const groupSize = Math.floor(info.modules.length / groupCount);
  const modules = info.modules.map((module, index) => {
    const path = `base_model.model.model.layers.${module.layer}.${MODULE_PATHS[module.type]}`;
    return {
      name: module.name,
      group: Math.min(Math.floor(index / groupSize), groupCount - 1),
      a_R_I: data(`${path}.tinylora_A`),
      b_O_R: permutedRows(data(`${path}.tinylora_B`), module, info),
      p_U_R_R: data(`${path}.tinylora_P`),
    };
  });
  const params = new Float32Array(groupCount * u);
  for (let group = 0; group < groupCount; ++group) params.set(data(`base_model.tinylora_v.${group}`), group * u);
  return { spec: { kind: 'factored', rank: 2, u, groupCount, modules }, params };
}

export const request: SampleRequest = {
  prompts: [
    { tokens: Int32Array.of(3, 14, 15, 92), promptId: 0, lane: 0 },
    { tokens: Int32Array.of(65, 35, 8), promptId: 1, lane: 0 },
  ],
  sampleCount: 3,
  seed: 7,
  stream: 0,
  temperature: 1,
  topP: 1,
  topK: 0,
  maxTokens: 12,
  stop: [],
};
export const rollouts = {
  contextTokens: 512,
  maxSequences: 4,
  cacheType: 'f32',
  flashAttention: false,
  cacheLayout: 'unified',
  workers: 0,
  batchTokens: 64,
} as const;
