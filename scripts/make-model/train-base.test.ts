// The schedule of the base training.
import { expect, it } from 'vitest';
import { CORPUS_MIXTURE } from './chain.ts';
import { learningRateAt } from './train-base.ts';

it('warms up linearly, then falls as a cosine to zero', () => {
  const training = {
    seed: 1,
    steps: 1100,
    documentsPerStep: 1,
    peakLearningRate: 2e-3,
    warmUpSteps: 100,
    weightDecay: 0,
    clipNorm: 1,
    mixture: CORPUS_MIXTURE,
  };
  expect(learningRateAt(1, training)).toBeCloseTo(2e-5, 12);
  expect(learningRateAt(100, training)).toBeCloseTo(2e-3, 12);
  expect(learningRateAt(600, training)).toBeCloseTo(1e-3, 12);
  expect(learningRateAt(1100, training)).toBeCloseTo(0, 12);
});
