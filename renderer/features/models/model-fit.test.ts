// Whether a model fits, and what is said where nobody knows. Runs under vitest.
import { describe, expect, it } from 'vitest';
import type { ModelEntry, ModelInspection } from '../../../contracts/library.ts';
import { chatFit, trainingFit } from './model-fit.ts';

const GIB = 1024 ** 3;

const INSPECTION: ModelInspection = {
  name: 'Qwen2.5-7B-Instruct',
  architecture: 'qwen2',
  parameterCount: 7_615_616_512,
  weightType: 'Q4_K',
  layerCount: 28,
  contextTokens: 32_768,
  embeddingSize: 3584,
  feedForwardSize: 18_944,
  headCount: 28,
  keyValueHeadCount: 4,
  headSize: 128,
  vocabularySize: 152_064,
  hasTokenizer: true,
  hasChatTemplate: true,
  trainingRefusal: null,
  chatMemoryBytes: 5 * GIB,
  trainingMemoryBytes: 17 * GIB,
  warnings: [],
};

function model(
  inspection: Partial<ModelInspection> | null,
  deviceGib: readonly number[],
  failure: string | null = null,
) {
  const whole = inspection === null ? null : { ...INSPECTION, ...inspection };
  const need = whole?.trainingMemoryBytes ?? null;
  return {
    id: 'a1',
    reference: 'models:a.gguf',
    source: 'models-folder',
    fileName: 'a.gguf',
    path: '/models/a.gguf',
    sizeBytes: 4.7e9,
    sha256: null,
    inspection: whole,
    failure,
    fits: deviceGib.map((gib, index) => ({
      device: `GPU ${index}`,
      memoryBytes: gib * GIB,
      shortByBytes: need === null ? null : Math.max(0, need - gib * GIB),
    })),
    usedBy: [],
  } satisfies ModelEntry;
}

describe('whether a model fits', () => {
  it('counts the device that lacks least', () => {
    expect(trainingFit(model({}, [8, 24]))).toEqual({ kind: 'yes' });
    expect(trainingFit(model({}, [4, 8]))).toEqual({ kind: 'short', byBytes: 9 * GIB });
    expect(chatFit(model({}, [4]))).toEqual({ kind: 'short', byBytes: GIB });
    expect(chatFit(model({}, [8]))).toEqual({ kind: 'yes' });
  });

  it('is unknown where the estimate or the device is', () => {
    expect(trainingFit(model({ trainingMemoryBytes: null }, [24]))).toEqual({ kind: 'unknown' });
    expect(chatFit(model({ chatMemoryBytes: null }, [24]))).toEqual({ kind: 'unknown' });
    expect(trainingFit(model({}, []))).toEqual({ kind: 'unknown' });
  });

  it('says no where no memory would help', () => {
    expect(trainingFit(model({ trainingRefusal: 'gemma is not a family that can be trained' }, [80])).kind).toBe('no');
    expect(chatFit(model({ hasTokenizer: false }, [80])).kind).toBe('no');
  });

  it('tells a look under way from a failed one', () => {
    expect(trainingFit(model(null, [24])).kind).toBe('looking');
    expect(chatFit(model(null, [24], 'It is no GGUF file.')).kind).toBe('unreadable');
  });
});
