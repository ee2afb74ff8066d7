// What the sweep's screen works out: the grid's layout, progress, texts of results, what the extend dialog reads.
// Runs under vitest.
import type { TFunction } from 'i18next';
import { describe, expect, it } from 'vitest';
import type { RunState } from '../../../contracts/run-state.ts';
import type { SettingScore, SweepGridAxis, SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import { bandPoints, curveGroups } from './curve-groups.ts';
import { EMPTY_FORM, nextSeed, readExtension } from './extension.ts';
import { evaluationPoints } from './evaluation-lines.ts';
import { cellWords } from './CellText.tsx';
import { cellTable, gainText, scoreText } from './score-words.ts';
import { gridLayout, meanStepMs, settingOfRun, sweepProgress } from './sweep-layout.ts';

function axis(path: string, values: SweepGridAxis['values'], follows: string | null = null): SweepGridAxis {
  return { path, values, follows };
}

let nextNumber = 1;
function setting(values: SweepGridSetting['values'], states: RunState[] = ['done']): SweepGridSetting {
  const cells = states.map((state, seed) => {
    const number = nextNumber++;
    const times = { startedAtMs: 1000, endedAtMs: state === 'done' ? 5000 : null };
    const scores = { sampled: null, greedy: null };
    return {
      runId: `run-${number}`,
      number,
      seed,
      state,
      failure: null,
      lastStep: 4,
      totalSteps: 4,
      ...times,
      ...scores,
    };
  });
  const label = values.join(' · ');
  return { key: label, label, role: 'cell', numbers: null, values, cells, sampled: null, greedy: null };
}

function score(value: number, kind: 'student-over-seeds' | 'wilson'): SettingScore {
  const gain = { value: 0.5475, interval: { low: 0.51, high: 0.585, kind: 'student-over-problems' as const } };
  return {
    value,
    interval: { low: value - 0.026, high: value + 0.026, kind },
    problems: 512,
    samples: 1,
    seeds: 3,
    gain,
  };
}

describe('the grid', () => {
  const axes = [axis('learningRate', [0.01, 0.03]), axis('steps', [4, 8, 16]), axis('warmup', [1, 2], 'learningRate')];
  const settings = [0.01, 0.03].flatMap((rate) => [4, 8, 16].map((steps) => setting([rate, steps, rate * 100])));

  it('has the setting with most values in rows, and no place for one that another decides', () => {
    const { rowPath, columnPath, columns, items } = gridLayout({ axes, settings });
    expect([rowPath, columnPath, columns]).toEqual(['steps', 'learningRate', ['0.01', '0.03']]);
    expect(items.map((item) => item.kind === 'row' && item.label)).toEqual(['4', '8', '16']);
    expect(items[1]).toMatchObject({ settings: [settings[1], settings[4]] });
  });

  it('makes facets of what is left, and puts baselines below', () => {
    const third = axis('klCoefficient', [0, 1]);
    const all = settings.flatMap((each) => [0, 1].map((kl) => setting([...each.values, kl])));
    const baseline = { ...setting([null, null, null, null]), role: 'baseline' as const, label: 'untrained' };
    const { items } = gridLayout({ axes: [...axes, third], settings: [...all, baseline] });
    const headings = items.flatMap((item) => (item.kind === 'heading' ? [item.values] : []));
    expect(headings).toEqual([[{ path: 'klCoefficient', value: '0' }], [{ path: 'klCoefficient', value: '1' }], null]);
    expect(items.at(-1)).toMatchObject({ label: 'untrained', settings: [baseline] });
  });

  it('is a list where few places would be filled, without losing a setting', () => {
    const random = Array.from({ length: 40 }, (_each, index) => setting([index / 1000, index]));
    const sparse = [
      axis(
        'learningRate',
        random.map(({ values }) => values[0] ?? null),
      ),
      axis('rank', [...Array(40).keys()]),
    ];
    const { rowPath, items } = gridLayout({ axes: sparse, settings: random });
    expect(rowPath).toBeNull();
    expect(items).toHaveLength(40);
  });

  it('knows a setting by one of its runs', () => {
    const [first] = settings;
    expect(settingOfRun(settings, `r${first?.cells[0]?.number ?? 0}`)).toBe(first);
    expect(settingOfRun(settings, '')).toBeUndefined();
  });
});

describe('progress', () => {
  const settings = [setting([1], ['done', 'failed']), setting([2], ['queued', 'paused', 'cancelled', 'running'])];

  it('counts what a retry would queue', () => {
    const expected = { cells: 6, done: 1, failed: 1, missing: 3, unsettled: 3, running: 1 };
    expect(sweepProgress(settings)).toEqual(expected);
  });

  it('takes the time of a step from finished cells alone', () => {
    expect(meanStepMs(settings)).toEqual({ stepMs: 1000, runs: 1 });
    expect(meanStepMs([setting([1], ['running'])])).toBeNull();
  });
});

describe('results', () => {
  it('are written with the interval that they have', () => {
    expect(scoreText(score(0.381, 'student-over-seeds'))).toBe('38.1% ±2.6');
    expect(scoreText(score(0.381, 'wilson'))).toBe('38.1% [35.5, 40.7]');
    expect(scoreText(null)).toBe('–');
    expect(gainText(score(0.381, 'wilson'))).toBe('+54.8 pt [51.0, 58.5]');
  });

  it('of each seed say whose they are, with the interval of one run', () => {
    const cell = (value: number) => ({
      ...{ value, problems: 512, samples: 1 },
      interval: { low: value - 0.04, high: value + 0.04, kind: 'wilson' as const },
    });
    const scored = { ...setting([0.01], ['done', 'done', 'queued']), sampled: score(0.5, 'student-over-seeds') };
    scored.cells = scored.cells.map((each, seed) => ({ ...each, sampled: seed < 2 ? cell(0.5 + seed / 10) : null }));
    const t = ((key: string, values: Record<string, unknown> = {}) =>
      [key, ...Object.values(values)].join(' ')) as unknown as TFunction<'sweep'>;
    const words = cellWords(scored, 'sampled', 'each', t, (state) => state);
    expect(words).toContain('ofSeed 0 50.0% [46.0, 54.0], ofSeed 1 60.0% [56.0, 64.0]');
    expect(cellWords(scored, 'sampled', 't', t, (state) => state)).toContain('sampled 50.0% ±2.6, seeds 3');
  });

  it('are exported a row a cell, unfinished ones too', () => {
    const scored = { ...setting([0.01], ['done', 'queued']), sampled: score(0.5, 'wilson') };
    const { columns, rows } = cellTable({ axes: [axis('learningRate', [0.01, 0.03])], settings: [scored] });
    const records = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
    expect(records).toMatchObject([
      { learningRate: 0.01, seed: 0, state: 'done', sampled: 0.5, sampledSeeds: 3, greedy: null, greedySeeds: 0 },
      { learningRate: 0.01, seed: 1, state: 'queued' },
    ]);
  });
});

describe('curves', () => {
  it('have held-out accuracies as markers, those of the zoom, with the interval that there is', () => {
    const at = (step: number, seeds: number, half: number) => ({
      ...{ step, seeds, value: 0.9, problems: 16, samples: 2 },
      interval: { low: 0.9 - half, high: 0.9 + half, kind: 'student-over-seeds' as const },
    });
    const points = [at(0, 1, Infinity), at(4, 2, 0.3), at(8, 2, 0.05)];
    expect(evaluationPoints(points, [0, 4])).toEqual([
      { x: 0, y: 0.9, n: 32 },
      { x: 4, y: 0.9, n: 64, low: 0.9 - 0.3, high: 1 },
    ]);
    expect(evaluationPoints(points, null)).toHaveLength(3);
  });

  it('are those of cells that have begun, the best first', () => {
    const weak = { ...setting([1]), sampled: score(0.2, 'wilson') };
    const strong = { ...setting([2]), sampled: score(0.7, 'wilson') };
    const fresh = setting([3], ['queued']);
    fresh.cells = fresh.cells.map((cell) => ({ ...cell, lastStep: 0 }));
    expect(curveGroups({ settings: [fresh, weak, strong] }, 'sampled')).toEqual([strong, weak]);
  });

  it('keep steps that were no number in their place, and an interval only where there is one', () => {
    const band = {
      ...{ key: 'a', steps: [1, 3], means: [0.5, 0.7], lows: [0.4, null], highs: [0.6, null], counts: [2, 1] },
      ...{ runsWithPoints: 2, runs: 2, totalSteps: 2, bucketSteps: 1, marks: [{ step: 2, value: 'NaN' as const }] },
    };
    expect(bandPoints(band, [0, 0.55])).toEqual([
      { x: 1, y: 0.5, n: 2, low: 0.4, high: 0.55 },
      { x: 2, y: NaN },
      { x: 3, y: 0.7, n: 1 },
    ]);
  });
});

describe('an extension', () => {
  it('is read from seeds, ranges, steps and values', () => {
    const form = { seeds: '2, 4-6 4', steps: ' 200 ', path: 'learningRate', values: '0.003，1e-1, true, word' };
    expect(readExtension(form)).toEqual({
      problems: [],
      extension: {
        seeds: [2, 4, 5, 6],
        steps: 200,
        values: [{ path: 'learningRate', values: [0.003, 0.1, true, 'word'] }],
      },
    });
    expect(readExtension(EMPTY_FORM)).toEqual({ extension: null, problems: [] });
  });

  it.each([
    [{ seeds: '3-' }, 'seeds'],
    [{ seeds: '6-3' }, 'seeds'],
    [{ seeds: '0-999999999' }, 'seeds'],
    [{ steps: '1.5' }, 'steps'],
    [{ values: '0.1' }, 'path'],
    [{ path: 'learningRate', values: '[0.1' }, 'values'],
  ])('names the field at fault: %o', (change, field) => {
    expect(readExtension({ ...EMPTY_FORM, ...change })).toEqual({ extension: null, problems: [field] });
  });

  it('suggests a seed that no cell has', () => {
    expect(nextSeed([setting([1], ['done', 'done']), setting([2])])).toBe(2);
    expect(nextSeed([])).toBe(0);
  });
});
