// The parts of Home that work things out: edited settings, rewards from the start, the front the size of a word. Runs under
// vitest.
import { describe, expect, it } from 'vitest';
import { RunConfig } from '../../../contracts/run-config.ts';
import { frontPath, frontPlaces } from '../../charts/FrontSparkline.tsx';
import { editedConfig, gentlerLearningRate, mainFields } from './edit-run.ts';
import { joinedRewards } from './rewards.ts';

const CONFIG = RunConfig.parse({
  model: '/m.gguf',
  adapter: { kind: 'tinylora' },
  data: { train: '/t.jsonl', heldOut: '/h.jsonl' },
  grader: { name: 'exact' },
  steps: 60,
  learningRate: 0.03,
});

describe('an edited run', () => {
  it('has what was written, and all else as it was', () => {
    expect(editedConfig(CONFIG, { learningRate: ' 5e-4 ', seed: '7' })).toEqual({
      config: { ...CONFIG, learningRate: 5e-4, seed: 7 },
      problems: null,
    });
    expect(editedConfig(CONFIG, {}).config).toEqual(CONFIG);
  });

  it('names each field that cannot stand', () => {
    const { config, problems } = editedConfig(CONFIG, { learningRate: '-1', steps: '2.5', seed: '', clipNorm: '0' });
    expect(config).toBeNull();
    expect(Object.keys(problems ?? {}).sort()).toEqual(['learningRate', 'seed', 'steps']);
  });

  it('offers every main setting with its default', () => {
    expect(mainFields(CONFIG).map(({ path }) => path)).toHaveLength(10);
    expect(mainFields(CONFIG).find(({ path }) => path === 'promptsPerStep')?.default).toBe(64);
  });

  it('is tried again with a third of the rate', () => {
    expect([0.03, 0.1, 5e-4].map(gentlerLearningRate)).toEqual([0.01, 0.03, 2e-4]);
  });
});

describe('rewards', () => {
  const stored = {
    ...{ runId: 'a', name: 'reward/mean', totalPoints: 4, bucketSteps: 1, lastStep: 5 },
    steps: [1, 2, 4, 5],
    values: [0.1, 0.2, 0.4, 0.5],
    marks: [{ step: 3, value: 'NaN' as const }],
  };
  it('begin with the first step; what was heard live replaces what is stored', () => {
    expect(joinedRewards(stored, { step: 6, rewards: [0.55, 0.6] })).toEqual([0.1, 0.2, NaN, 0.4, 0.55, 0.6]);
    expect(joinedRewards(stored, { step: -1, rewards: [] })).toEqual([0.1, 0.2, NaN, 0.4, 0.5]);
    expect(joinedRewards(undefined, { step: 6, rewards: [0.6] })).toEqual([0.6]);
  });
});

describe('a front the size of a word', () => {
  it('goes in steps to the right edge, without what a log axis cannot show', () => {
    const places = frontPlaces(
      [
        { x: 0, y: 0.1 },
        { x: 1, y: 0.2 },
        { x: 100, y: 0.9 },
      ],
      96,
      24,
    );
    expect(places).toEqual([
      { x: 3, y: 21 },
      { x: 93, y: 3 },
    ]);
    expect(frontPath(places, 96)).toBe('M3.0 21.0H93.0V3.0H96.0');
    expect(frontPath([], 96)).toBe('');
  });
});
