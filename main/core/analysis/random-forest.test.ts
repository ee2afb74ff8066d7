// Shares of variance of functions whose shares are known.
import { expect, it } from 'vitest';
import { SeededRandom } from '../../../contracts/seeded-random.ts';
import { mainEffects } from './random-forest.ts';

const features = [
  { levels: 4, isOrdered: true },
  { levels: 3, isOrdered: false },
  { levels: 4, isOrdered: true },
];
function grid(result: (first: number, second: number, third: number) => number) {
  return Array.from({ length: 4 * 3 * 4 * 4 }, (_, index) => {
    const levels = [index % 4, Math.floor(index / 4) % 3, Math.floor(index / 12) % 4];
    return { levels, result: result(levels[0] ?? 0, levels[1] ?? 0, levels[2] ?? 0) };
  });
}

it('gives additive effects their share of the variance', () => {
  // Variances over the levels: 1.25 of 0…3; 2 of {0, 0, 3}, 9 · 2/9.
  const shares = mainEffects(
    features,
    grid((first, second) => first + (second === 1 ? 3 : 0)),
    new SeededRandom(1),
  );
  expect(shares?.[0]).toBeCloseTo(1.25 / 3.25, 1);
  expect(shares?.[1]).toBeCloseTo(2 / 3.25, 1);
  expect(shares?.[2]).toBeLessThan(0.02);
});

it('leaves to interactions what no setting explains for itself', () => {
  const parity = grid((first, _, third) => (first + third) % 2);
  const shares = mainEffects(features, parity, new SeededRandom(1)) ?? [];
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThan(0.2);
});

it('says nothing where results do not differ', () => {
  expect(
    mainEffects(
      features,
      grid(() => 0.5),
      new SeededRandom(1),
    ),
  ).toBeNull();
});
