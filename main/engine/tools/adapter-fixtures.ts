// Small models and adapters for the tests beside it. No process runs it.
import type { ModelInfo, ModuleInfo, ModuleType } from '../../../native/binding/index.d.ts';
import { adapterModel } from './stored-adapter.ts';
import type { StoredAdapter, StoredModule } from './stored-adapter.ts';
import type { Tensor } from './safetensors.ts';

export const MODEL_HASH = 'ab'.repeat(32);

export interface ModelSizes {
  arch: string;
  layers: number;
  embedding: number;
  feed_forward: number;
  heads: number;
  kv_heads: number;
  head_dim: number;
}

/** What the addon says of a model of these sizes, as far as adapters need it. */
export function modelInfo(sizes: ModelSizes): ModelInfo {
  const query = sizes.heads * sizes.head_dim;
  const keyValue = sizes.kv_heads * sizes.head_dim;
  const shapes: [ModuleType, number, number][] = [
    ['attn_q', sizes.embedding, query],
    ['attn_k', sizes.embedding, keyValue],
    ['attn_v', sizes.embedding, keyValue],
    ['attn_output', query, sizes.embedding],
    ['ffn_gate', sizes.embedding, sizes.feed_forward],
    ['ffn_up', sizes.embedding, sizes.feed_forward],
    ['ffn_down', sizes.feed_forward, sizes.embedding],
  ];
  const modules = Array.from({ length: sizes.layers }, (_, layer) =>
    shapes.map(([type, inputSize, outputSize]): ModuleInfo => {
      return { name: `blk.${layer}.${type}`, layer, type, inputSize, outputSize, weightType: 'F32' };
    }),
  ).flat();
  return {
    family: sizes.arch as ModelInfo['family'],
    name: 'tiny',
    parameterCount: 0,
    layerCount: sizes.layers,
    embeddingSize: sizes.embedding,
    feedForwardSize: sizes.feed_forward,
    headCount: sizes.heads,
    keyValueHeadCount: sizes.kv_heads,
    headSize: sizes.head_dim,
    vocabularySize: 1,
    trainedContextTokens: 1,
    tiedEmbeddings: true,
    permutedQueryKey: sizes.arch === 'llama',
    hasTokenizer: false,
    beginOfSequenceId: null,
    endOfSequenceId: null,
    endOfGenerationIds: [],
    chatTemplate: null,
    addsBeginOfSequence: false,
    modules,
    tensors: [],
    backend: 'none',
    deviceMemoryBytes: 0,
    weightBytes: 0,
  };
}

export const SMALL_LLAMA = modelInfo({
  arch: 'llama',
  layers: 2,
  embedding: 8,
  feed_forward: 12,
  heads: 2,
  kv_heads: 1,
  head_dim: 4,
});

/** Reproducible numbers in [-1, 1). */
export function numbers(shape: number[], seed: number): Tensor {
  let state = seed * 2654435761 + 1;
  const length = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { shape, data };
}

export function adapterOf(
  spec: StoredAdapter['metadata']['spec'],
  group: (index: number) => number,
  info = SMALL_LLAMA,
): StoredAdapter {
  const u = spec.kind === 'lora-xs' ? spec.rank ** 2 : spec.kind === 'lora' ? 0 : spec.u;
  const modules = info.modules.map(({ name, inputSize, outputSize }, index): StoredModule => {
    return {
      name,
      group: group(index),
      a: numbers([spec.rank, inputSize], index * 3 + 1),
      b: numbers([outputSize, spec.rank], index * 3 + 2),
      p: spec.kind === 'lora-xs' || spec.kind === 'lora' ? null : numbers([u, spec.rank, spec.rank], index * 3 + 3),
    };
  });
  const groupCount = Math.max(...modules.map((module) => module.group)) + 1;
  return {
    metadata: {
      version: 1,
      spec,
      model: adapterModel(info, MODEL_HASH),
      basesFingerprint: 'cd'.repeat(32),
      modules: modules.map((module) => ({ name: module.name, group: module.group })),
    },
    params: numbers([groupCount * u], 99).data,
    modules,
  };
}
