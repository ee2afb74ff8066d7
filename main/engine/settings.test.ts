// Rollout options that a configuration of zeros gets, on CPUs and on GPUs of different sizes.
import { describe, expect, it } from 'vitest';
import { RunConfig } from '../../contracts/run-config.ts';
import { evaluationRolloutOptions, trainingRolloutOptions } from './settings.ts';

const GIB = 2 ** 30;
const SMALL = { layerCount: 30, keyValueHeadCount: 3, headSize: 64, feedForwardSize: 1536, weightBytes: 0.1 * GIB };
const SEVEN_B = { layerCount: 28, keyValueHeadCount: 4, headSize: 128, feedForwardSize: 18_944, weightBytes: 15 * GIB };
const shape = { longestPromptTokens: 181, promptCount: 64, samples: 8, maxTokens: 10 };

function engine(settings: object) {
  return RunConfig.shape.engine.parse(settings);
}

describe('trainingRolloutOptions', () => {
  it('gives a GPU a stream for every sequence, of whole granules', () => {
    const options = trainingRolloutOptions(engine({ device: 'gpu' }), shape, { ...SMALL, deviceMemoryBytes: 80 * GIB });
    expect(options).toMatchObject({ cacheLayout: 'streams', maxSequences: 512, contextTokens: 512 * 256, workers: 1 });
  });

  it('runs fewer at once where the cache does not fit, and fewer prompts a batch', () => {
    const long = { ...shape, longestPromptTokens: 900, maxTokens: 1100 };
    const large = trainingRolloutOptions(engine({ device: 'gpu' }), long, { ...SEVEN_B, deviceMemoryBytes: 80 * GIB });
    const small = trainingRolloutOptions(engine({ device: 'gpu' }), long, { ...SEVEN_B, deviceMemoryBytes: 24 * GIB });
    const bytes = (options: { contextTokens: number }): number => options.contextTokens * 28 * 2 * 4 * 128 * 2;
    expect(bytes(large)).toBeLessThanOrEqual(0.45 * 65 * GIB);
    expect(bytes(small)).toBeLessThanOrEqual(0.45 * 9 * GIB);
    expect(small.maxSequences).toBeLessThan(large.maxSequences);
    expect(small.batchTokens).toBeLessThan(large.batchTokens);
    expect(small.contextTokens / small.maxSequences).toBeGreaterThanOrEqual(2000);
  });

  it('shares one cache on CPUs, without flash attention, and where the user gives its size', () => {
    const model = { ...SMALL, deviceMemoryBytes: 80 * GIB };
    const layout = (settings: object): string => trainingRolloutOptions(engine(settings), shape, model).cacheLayout;
    expect(layout({ device: 'cpu' })).toBe('unified');
    expect(layout({ device: 'gpu', flashAttention: false })).toBe('unified');
    expect(layout({ device: 'gpu', contextTokens: 8192 })).toBe('unified');
    expect(layout({ device: 'gpu', maxSequences: 100 })).toBe('streams');
  });
});

describe('evaluationRolloutOptions', () => {
  it('fixes the slots on a CPU, whatever is evaluated', () => {
    const model = { ...SMALL, deviceMemoryBytes: 8 * GIB };
    const slots = (promptCount: number): number =>
      evaluationRolloutOptions(engine({ device: 'cpu' }), { ...shape, promptCount }, model).maxSequences;
    expect(slots(1)).toBe(slots(1000));
  });
});
