// Filters, order of axes and words of the Pareto screen. Runs under vitest.
import { describe, expect, it } from 'vitest';
import type { ParetoPoint, ParetoResult } from '../../../contracts/analysis.ts';
import {
  arrangedAxes,
  axisSources,
  bestFirst,
  kneePoint,
  layoutFromText,
  layoutToText,
  shadesOf,
  shownKeys,
  withFrontOf,
} from './filters.ts';
import { allObjectives, choiceOf, drawnObjectives } from './objectives.ts';

function point(key: string, numbers: number, value: number, rate: number, isOnFront = false): ParetoPoint {
  return {
    ...{ key, label: key, adapter: 'tinylora', runIds: [key], seeds: [0], numbers, bytes: null, notes: [] },
    objectives: [numbers, value].map((objective) => ({ value: objective, interval: null })),
    ...{ isOnFront, frontShare: null, isUncertain: false, sampled: null, greedy: null, gain: null },
    gainFraction: { value: value / 0.9, interval: null },
    settings: [rate],
  };
}

const result: ParetoResult = {
  objectives: [
    { key: 'numbers', goal: 'min', log: true },
    { key: 'sampled', goal: 'max', log: false },
  ],
  points: [
    point('a', 1, 0.3, 0.001, true),
    point('b', 13, 0.8, 0.01, true),
    point('c', 30, 0.5, 0.1),
    point('d', 210, 0.85, 0.01, true),
  ],
  ...{ front: [0, 1, 3], attainment: [], baselines: [], hypervolume: null, unfinished: 0, incomplete: 0 },
  method: { resamples: 0, seed: 0 },
  axes: [{ path: 'learningRate', values: [0.001, 0.01, 0.1] }],
};
const words = { x: 'numbers', y: 'accuracy', formatX: String, formatY: String };
const sources = axisSources(result, words);

describe('filters', () => {
  it('hide nothing without a brush, keep what all brushes and the best share leave', () => {
    expect(shownKeys(result, sources, new Map(), 100)).toBeNull();
    const rates = new Map([['learningRate', { low: 0.005, high: 0.2 }]]);
    expect(shownKeys(result, sources, rates, 100)).toEqual(new Set(['b', 'c', 'd']));
    expect(shownKeys(result, sources, rates, 50)).toEqual(new Set(['b', 'd']));
    const both = new Map([...rates, ['sampled', { low: 0, high: 0.6 }]]);
    expect(shownKeys(result, sources, both, 100)).toEqual(new Set(['c']));
  });

  it('order by the objective that is drawn, whichever end is better', () => {
    expect(bestFirst(result.points, result).map(({ key }) => key)).toEqual(['d', 'b', 'c', 'a']);
    const costs = {
      ...result,
      objectives: [result.objectives[0], { key: 'length', goal: 'min', log: false }],
    } as ParetoResult;
    expect(bestFirst(result.points, costs)[0]?.key).toBe('a');
  });
});

describe('axes', () => {
  it('stand as x, settings, y; log where they span decades', () => {
    const axes = arrangedAxes(sources, []);
    expect(axes.map(({ key, isLog }) => [key, isLog])).toEqual([
      ['numbers', true],
      ['learningRate', true],
      ['sampled', false],
    ]);
  });

  it('keep the order, log and direction of the address', () => {
    const layout = [
      { key: 'learningRate', isLog: false, isFlipped: true },
      { key: 'numbers', isLog: true, isFlipped: false },
      { key: 'sampled', isLog: false, isFlipped: false },
    ];
    const text = layoutToText(layout);
    expect(layoutFromText(text)).toEqual(layout);
    expect(arrangedAxes(sources, layoutFromText(text)).map(({ key }) => key)).toEqual(layout.map(({ key }) => key));
    expect(layoutFromText('%E0%A4%A~l,')).toEqual([]);
    // Of another set of sweeps: axes that are not there are left out, new ones added before the objective.
    const other = arrangedAxes(sources, [{ key: 'gone', isLog: false, isFlipped: false }]);
    expect(other.map(({ key }) => key)).toEqual(['numbers', 'learningRate', 'sampled']);
  });
});

describe('what is said of a front', () => {
  it('speaks of the smallest member that keeps nine tenths of the best gain', () => {
    expect(kneePoint(result)?.key).toBe('b');
    const untold = { ...result, points: result.points.map((one) => ({ ...one, gainFraction: null })) };
    expect(kneePoint(untold)).toBeNull();
  });

  it('takes the front of all objectives for the points that are drawn', () => {
    const points = result.points.map((one) => ({ ...one, isOnFront: one.key === 'c', frontShare: 0.5 }));
    const merged = withFrontOf(result, { ...result, points, front: [2] });
    expect(merged.front).toEqual([2]);
    expect(merged.points.map(({ isOnFront }) => isOnFront)).toEqual([false, false, true, false]);
  });

  it('shades points along a setting', () => {
    expect([...shadesOf(result, 'learningRate').values()]).toEqual([0, 0.5, 1, 0.5]);
    expect(shadesOf(result, 'numbers').get('d')).toBe(1);
  });

  it('asks the host for the columns of the choice', () => {
    const choice = { x: 'bytes', y: 'accuracy', z: 'duration', score: 'greedy', at: 'gain', isLogX: true } as const;
    expect(drawnObjectives(choice)).toEqual([
      { key: 'bytes', goal: 'min', log: true },
      { key: 'greedy@gain', goal: 'max', log: false },
    ]);
    expect(allObjectives(choice).map(({ key }) => key)).toEqual(['bytes', 'greedy@gain', 'duration']);
    expect(choiceOf(drawnObjectives(choice))).toEqual({ x: 'bytes', y: 'accuracy', score: 'greedy', at: 'gain' });
    for (const y of ['accuracy', 'lenient', 'format', 'reward', 'length'] as const) {
      expect(choiceOf(drawnObjectives({ ...choice, x: 'length', y }))).toMatchObject({ x: 'length', y });
    }
    expect(allObjectives({ ...choice, z: 'none', y: 'length' }).map(({ goal }) => goal)).toEqual(['min', 'min']);
  });
});
