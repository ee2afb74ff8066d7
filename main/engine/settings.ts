// What a run's configuration means to the native session, and which configurations are refused. Runs in the engine process.
import type { AdapterConfig, RunConfig } from '../../contracts/run-config.ts';
import type { AdamWOptions, ModelInfo, NativeAdapterSpec, RolloutOptions } from '../../native/binding/index.d.ts';
import { BadInputError } from './bad-input.ts';
import type { GrpoSettings } from './grpo.ts';
import { checkGrader } from './graders/rules.ts';

/** Refuses what no training may do, before anything is loaded. */
export function checkConfig(config: RunConfig): void {
  checkGrader(config.grader);
  if (config.topP !== 1) {
    throw new BadInputError(`topP is ${config.topP}: training samples the whole distribution; set topP to 1`);
  }
  if (config.topK !== 0) {
    throw new BadInputError(`topK is ${config.topK}: training samples the whole distribution; set topK to 0`);
  }
  if (config.adapter.kind === 'none' && config.steps > 0) {
    throw new BadInputError('adapter.kind is none, so nothing can be trained; set steps to 0 or choose an adapter');
  }
  if (config.rolloutWeights === 'merged' && (config.adapter.kind === 'none' || config.adapter.kind === 'full')) {
    throw new BadInputError(
      `rolloutWeights is merged, but adapter.kind ${config.adapter.kind} has nothing to merge; set it to adapter`,
    );
  }
  if (config.method === 'grpo' && config.steps > 0 && config.samplesPerPrompt < 2) {
    throw new BadInputError('samplesPerPrompt is 1, so no advantage can be formed; set samplesPerPrompt to 2 or more');
  }
}

/** The native spec of an adapter; null for `none`. */
export function adapterSpec(adapter: AdapterConfig): NativeAdapterSpec | null {
  return adapter.kind === 'none' ? null : adapter;
}

export function adamWOptions(config: RunConfig): AdamWOptions {
  const { learningRate, adam, weightDecay, clipNorm, storage } = config;
  return { learningRate, ...adam, weightDecay, clipNorm, storage };
}

export function grpoSettings(config: RunConfig, referenceParams: Float32Array | null): GrpoSettings {
  const { temperature, clipEpsilon, klCoefficient, importanceCap, advantage, advantageEpsilon, aggregation } = config;
  return {
    temperature,
    clipEpsilon,
    klCoefficient,
    importanceCap,
    advantage,
    advantageEpsilon,
    aggregation,
    maxCompletionTokens: config.maxCompletionTokens,
    optimiserSteps: config.optimiserSteps,
    optimiser: adamWOptions(config),
    microBatchTokens: config.engine.microBatchTokens,
    referenceParams,
    recordAll: false,
  };
}

/** Whether the reference policy can only be had by keeping its numbers. */
export function needsReferenceParams({ adapter, method, klCoefficient }: RunConfig): boolean {
  return adapter.kind === 'full' && method === 'grpo' && klCoefficient > 0;
}

export type EngineSettings = RunConfig['engine'];

/** What the cache must hold: the longest prompt, each computed once for `samples` completions of at most `maxTokens`. */
export interface RolloutShape {
  longestPromptTokens: number;
  promptCount: number;
  samples: number;
  maxTokens: number;
}

// Sequences side by side: enough to keep the matrix kernels busy, few enough that the cache stays near the cores.
const CPU_SEQUENCES = 64;
const UNIFIED_CONTEXT_TOKENS_CAP = { cpu: 16_384, gpu: 131_072 } as const;
const UNIFIED_BATCH_TOKENS = 512;
// One worker: two would read the weights twice a step.
const GPU_SEQUENCES = 512;
// Prompts of one batch: the first size whose widest activations take at most this share of what the weights leave.
const GPU_BATCH_TOKENS = [16_384, 8192, 4096, 2048, 1024];
const LEAST_GPU_BATCH_TOKENS = 512;
const GPU_BATCH_SHARE = 0.05;
const ACTIVATION_BYTES = 16;
const GPU_CACHE_SHARE = 0.45;
const CONTEXT_GRANULE_TOKENS = 256;

/** Rollout options of training: the configuration's numbers, or sensible ones where it says 0. */
export function trainingRolloutOptions(
  engine: EngineSettings,
  shape: RolloutShape,
  model: RolloutModel,
): RolloutOptions {
  const all = shape.promptCount * shape.samples;
  return rolloutOptions(engine, shape, engine.maxSequences || all, engine.contextTokens, model);
}

/** Options of evaluation: the number of slots is fixed, so that two evaluations of the same problems agree. */
export function evaluationRolloutOptions(
  engine: EngineSettings,
  shape: RolloutShape,
  model: RolloutModel,
): RolloutOptions {
  return rolloutOptions(engine, shape, Number.POSITIVE_INFINITY, 0, model);
}

function rolloutOptions(
  engine: EngineSettings,
  shape: RolloutShape,
  sequences: number,
  contextTokens: number,
  model: RolloutModel,
): RolloutOptions {
  const { cacheType, flashAttention } = engine;
  const streams = engine.device === 'gpu' && flashAttention && contextTokens === 0;
  const sizes = streams ? streamSizes(shape, sequences, model, cacheType) : null;
  return { cacheType, flashAttention, ...(sizes ?? unifiedSizes(engine, shape, sequences, contextTokens)) };
}

/** What of the model decides how much cache fits. */
export type RolloutModel = Pick<
  ModelInfo,
  'layerCount' | 'keyValueHeadCount' | 'headSize' | 'feedForwardSize' | 'deviceMemoryBytes' | 'weightBytes'
>;

type RolloutSizes = Omit<RolloutOptions, 'cacheType' | 'flashAttention'>;

/** Key/value cells that a share of the device's memory holds: the rest is for weights and the training pass. */
function affordableCells(
  { layerCount, keyValueHeadCount, headSize, deviceMemoryBytes, weightBytes }: RolloutModel,
  cacheType: 'f16' | 'f32',
): number {
  const cellBytes = layerCount * 2 * keyValueHeadCount * headSize * (cacheType === 'f32' ? 4 : 2);
  return Math.max(0, Math.floor((GPU_CACHE_SHARE * (deviceMemoryBytes - weightBytes)) / cellBytes));
}

function batchTokens({ feedForwardSize, deviceMemoryBytes, weightBytes }: RolloutModel): number {
  const affordable = (GPU_BATCH_SHARE * (deviceMemoryBytes - weightBytes)) / (ACTIVATION_BYTES * feedForwardSize);
  return GPU_BATCH_TOKENS.find((tokens) => tokens <= affordable) ?? LEAST_GPU_BATCH_TOKENS;
}

/** Room for every sequence's longest completion from the start; null where the memory holds too few such sequences. */
function streamSizes(
  shape: RolloutShape,
  sequences: number,
  model: RolloutModel,
  cacheType: 'f16' | 'f32',
): RolloutSizes | null {
  const cells = roundUp(shape.longestPromptTokens + shape.maxTokens, CONTEXT_GRANULE_TOKENS);
  const fitting = Math.floor(affordableCells(model, cacheType) / cells);
  const maxSequences = Math.min(sequences, shape.promptCount * shape.samples, GPU_SEQUENCES, fitting);
  if (maxSequences < Math.min(2, shape.promptCount * shape.samples)) return null;
  return {
    cacheLayout: 'streams',
    workers: 1,
    maxSequences,
    contextTokens: maxSequences * cells,
    batchTokens: batchTokens(model),
  };
}

function unifiedSizes(
  engine: EngineSettings,
  shape: RolloutShape,
  sequences: number,
  contextTokens: number,
): RolloutSizes {
  const maxSequences = Math.min(sequences, engine.device === 'cpu' ? CPU_SEQUENCES : GPU_SEQUENCES);
  const least = shape.longestPromptTokens + shape.maxTokens;
  const prompts = Math.ceil(maxSequences / shape.samples);
  const all = prompts * shape.longestPromptTokens + maxSequences * shape.maxTokens;
  const chosen = contextTokens || Math.max(least, Math.min(all, UNIFIED_CONTEXT_TOKENS_CAP[engine.device]));
  return {
    cacheLayout: 'unified',
    workers: 0,
    maxSequences,
    contextTokens: roundUp(chosen, CONTEXT_GRANULE_TOKENS),
    batchTokens: UNIFIED_BATCH_TOKENS,
  };
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}
