// Advantages and token scales against worked numbers and the golden steps.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { groupAdvantages, tokenScales } from './advantages.ts';

describe('groupAdvantages', () => {
  it('divides by the sample standard deviation', () => {
    const advantages = groupAdvantages([1, 0, 0, 0], 'group-std', 0);
    expect(advantages.map((advantage) => Number(advantage?.toFixed(6)))).toEqual([1.5, -0.5, -0.5, -0.5]);
  });

  it('is exactly 0 where all rewards are equal, and for a single completion', () => {
    expect(groupAdvantages([1, 1, 1], 'group-std', 1e-6)).toEqual([0, 0, 0]);
    expect(groupAdvantages([1], 'group-std', 1e-6)).toEqual([0]);
  });

  it('leaves masked completions out of the statistics', () => {
    expect(groupAdvantages([1, null, 0], 'mean-only', 0)).toEqual([0.5, null, -0.5]);
    expect(groupAdvantages([1, null, 1], 'group-std', 0)).toEqual([0, null, 0]);
    expect(groupAdvantages([null, null], 'group-std', 0)).toEqual([null, null]);
  });

  const steps = join(import.meta.dirname, '../../../shared/golden/llama-tied/steps');
  it.skipIf(!existsSync(steps)).each(['grpo-two-steps', 'grpo-zero-variance', 'grpo-no-signal', 'grpo-dr-grpo'])(
    'equals the golden advantages of %s',
    (name) => {
      const file = JSON.parse(readFileSync(join(steps, `${name}.json`), 'utf8')) as {
        config: { advantage: 'group-std' | 'mean-only'; advantage_epsilon: number };
        groups: { completions: { reward: number }[] }[];
        expected: { advantages: number[][] };
      };
      const advantages = file.groups.map((group) =>
        groupAdvantages(
          group.completions.map(({ reward }) => reward),
          file.config.advantage,
          file.config.advantage_epsilon,
        ),
      );
      const worst = Math.max(
        ...advantages.flatMap((group, g) =>
          group.map((value, c) => Math.abs((value ?? NaN) - (file.expected.advantages[g]?.[c] ?? NaN))),
        ),
      );
      expect(worst).toBeLessThan(1e-6);
    },
  );
});

describe('tokenScales', () => {
  it('sums to one over the batch for the two means', () => {
    const lengths = [3, 1, 4];
    for (const aggregation of ['token-mean', 'sequence-mean'] as const) {
      const total = tokenScales(lengths, aggregation, 16).reduce(
        (sum, scale, index) => sum + scale * (lengths[index] ?? 0),
        0,
      );
      expect(total).toBeCloseTo(1, 12);
    }
  });

  it('dr-grpo divides by the longest possible completion', () => {
    expect(tokenScales([3, 1], 'dr-grpo', 16)).toEqual([1 / 32, 1 / 32]);
  });
});
