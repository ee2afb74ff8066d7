// Bins of rewards and of right samples. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { rewardBins, rightOfGroup } from './RewardChart.tsx';

describe('rewardBins', () => {
  it('keeps few rewards apart and leaves ungraded ones out', () => {
    const counts = [null, 0, 1].map((reward, index) => ({ reward, completions: index + 1 }));
    expect(rewardBins(counts)).toEqual({ categories: ['0', '1.00'], counts: [2, 3] });
  });
  it('bins many, with none lost', () => {
    const counts = Array.from({ length: 101 }, (_, index) => ({ reward: index / 100, completions: 1 }));
    const { categories, counts: bins } = rewardBins(counts);
    expect(categories).toHaveLength(40);
    expect(bins.reduce((sum, count) => sum + count, 0)).toBe(101);
  });
});

describe('rightOfGroup', () => {
  it('has a place for none and for all', () => {
    const prompt = { prompt: '', gold: '', graded: 4, meanReward: 0, hasSignal: false, samples: 4 };
    const prompts = [0, 4, 4].map((right, promptIndex) => ({ ...prompt, promptIndex, right }));
    expect(rightOfGroup(prompts).counts).toEqual([1, 0, 0, 0, 2]);
  });
});
