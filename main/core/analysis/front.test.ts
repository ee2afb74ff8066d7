// Fronts against their definition, volumes against sums that are known.
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../contracts/seeded-random.ts';
import { frontShares } from './front-share.ts';
import type { Costs } from './front.ts';
import { firstFronts, hypervolume, nonDominated } from './front.ts';

function randomPoints(count: number, objectives: number, levels: number): number[][] {
  const random = new SeededRandom(objectives, count);
  return Array.from({ length: count }, () => Array.from({ length: objectives }, () => random.integer(0, levels)));
}

function byDefinition(points: readonly Costs[]): number[] {
  return [...points.keys()].filter((index) => {
    const point = points[index] ?? [];
    return !points.some(
      (other) =>
        other.every((cost, objective) => cost <= (point[objective] ?? 0)) &&
        other.some((cost, objective) => cost < (point[objective] ?? 0)),
    );
  });
}

describe('nonDominated', () => {
  it.each([2, 3, 5])('is what no other point dominates, with ties, in %i objectives', (objectives) => {
    for (const levels of [3, 20, 1000]) {
      const points = randomPoints(300, objectives, levels);
      expect(nonDominated(points).sort((left, right) => left - right)).toEqual(byDefinition(points));
    }
  });

  it('takes less than 50 ms for 5,000 points', () => {
    const points = randomPoints(5000, 2, 1e6);
    const startMs = performance.now();
    nonDominated(points);
    expect(performance.now() - startMs).toBeLessThan(50);
  });

  it('is peeled front by front', () => {
    const points = [
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 2],
      [3, 3],
    ];
    expect(firstFronts(points, 3)).toEqual([0, 1, 2]);
    expect(firstFronts(points, 9)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('hypervolume', () => {
  it('is the union of boxes', () => {
    expect(hypervolume([[0.5, 0.5]])).toBeCloseTo(0.25, 12);
    expect(
      hypervolume([
        [0, 0.5],
        [0.5, 0],
        [0.6, 0.6],
      ]),
    ).toBeCloseTo(0.75, 12);
    expect(hypervolume([[0.5, 0.5, 0.5]])).toBeCloseTo(0.125, 12);
    expect(
      hypervolume([
        [0, 0.5, 0.5],
        [0.5, 0, 0],
      ]),
    ).toBeCloseTo(0.25 + 0.5 - 0.125, 12);
    expect(hypervolume([[1.2, 0.1]])).toBe(0);
  });

  it('agrees with counting in four objectives', () => {
    const points = randomPoints(12, 4, 9).map((point) => point.map((cost) => cost / 10));
    let dominated = 0;
    for (let cell = 0; cell < 10_000; cell++) {
      const corner = [cell % 10, Math.floor(cell / 10) % 10, Math.floor(cell / 100) % 10, Math.floor(cell / 1000)];
      if (points.some((point) => point.every((cost, axis) => cost * 10 <= (corner[axis] ?? 0) + 1e-9))) dominated += 1;
    }
    expect(hypervolume(points)).toBeCloseTo(dominated / 10_000, 9);
  });
});

it('frontShares draws the same problems for all points: a difference on every problem is sure', () => {
  const base = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 0.5 : 0));
  const better = base.map((score) => score + 0.01);
  const point = (numbers: number, scores: number[]) => ({
    costs: [numbers, -scores.reduce((sum, score) => sum + score, 0) / scores.length],
    scores: [null, { scores, clusters: null }],
  });
  const shares = frontShares([point(1, base), point(2, better), point(3, base)], [1, -1], { resamples: 200, seed: 1 });
  expect(shares).toEqual([1, 1, 0]);
});

it('frontShares calls a toss-up uncertain', () => {
  const scores = (hits: number, offset: number) =>
    Array.from({ length: 60 }, (_, index) => ((index * 7 + offset) % 60 < hits ? 1 : 0));
  const point = (numbers: number, list: number[]) => ({
    costs: [numbers, -list.reduce<number>((sum, score) => sum + score, 0) / 60],
    scores: [null, { scores: list, clusters: null }],
  });
  const [first, second] = frontShares([point(1, scores(30, 0)), point(2, scores(31, 29))], [1, -1], {
    ...{ resamples: 500, seed: 2 },
  });
  expect(first).toBe(1);
  expect(second).toBeGreaterThan(0.3);
  expect(second).toBeLessThan(0.8);
});
