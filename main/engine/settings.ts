// What a run's configuration means to the native session, and which configurations are refused. Runs in the engine process.
import type { AdapterConfig, RunConfig } from '../../contracts/run-config.ts';
import type { AdamWOptions, NativeAdapterSpec, RolloutOptions } from '../../native/binding/index.d.ts';
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
const SEQUENCES = { cpu: 64, gpu: 248 } as const;
const CONTEXT_TOKENS_CAP = { cpu: 16_384, gpu: 131_072 } as const;
const BATCH_TOKENS = 512;
const CONTEXT_GRANULE_TOKENS = 256;

/** Rollout options of training: the configuration's numbers, or sensible ones where it says 0. */
export function trainingRolloutOptions(engine: EngineSettings, shape: RolloutShape): RolloutOptions {
  const all = shape.promptCount * shape.samples;
  const maxSequences = engine.maxSequences || Math.min(SEQUENCES[engine.device], all);
  return rolloutOptions(engine, shape, maxSequences, engine.contextTokens);
}

/** Options of evaluation: the number of slots is fixed, so that two evaluations of the same problems agree. */
export function evaluationRolloutOptions(engine: EngineSettings, shape: RolloutShape): RolloutOptions {
  return rolloutOptions(engine, shape, SEQUENCES[engine.device], 0);
}

function rolloutOptions(
  engine: EngineSettings,
  shape: RolloutShape,
  maxSequences: number,
  contextTokens: number,
): RolloutOptions {
  const least = shape.longestPromptTokens + shape.maxTokens;
  const prompts = Math.ceil(maxSequences / shape.samples);
  const all = prompts * shape.longestPromptTokens + maxSequences * shape.maxTokens;
  const chosen = contextTokens || Math.max(least, Math.min(all, CONTEXT_TOKENS_CAP[engine.device]));
  return {
    contextTokens: Math.ceil(chosen / CONTEXT_GRANULE_TOKENS) * CONTEXT_GRANULE_TOKENS,
    maxSequences,
    cacheType: engine.cacheType,
    flashAttention: engine.flashAttention,
    batchTokens: BATCH_TOKENS,
  };
}
