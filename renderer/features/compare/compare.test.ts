// What Compare works out: sides, results, lines. Runs under vitest.
import { describe, expect, it } from 'vitest';
import type { SettingRow } from '../../../contracts/analysis.ts';
import type { CurveBand } from '../../../contracts/metric-window.ts';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { compareLines, endsOf } from './compare-lines.ts';
import { parsePlace } from './compare-state.ts';
import { bandValue, tableToMarkdown, tableToTsv, verdictOf } from './results.ts';
import { MOST_COLOURS, colourKeys, comparedSettings, sidesOf, varyingPaths } from './sides.ts';
import { runMark } from '../../theme/tokens.ts';

function run(number: number, seed: number, parameterCount: number): RunSummary {
  return {
    ...{
      id: `id-${number}`,
      number,
      cellKey: `key-${number}`,
      label: `${parameterCount} numbers`,
      state: 'done',
      seed,
    },
    ...{ parameterCount, lastStep: 10, totalSteps: 10, attempts: 1, createdAtMs: 0, startedAtMs: 0, endedAtMs: 1 },
    ...{ failure: null, tags: [], notes: '' },
  };
}

const RUNS = [run(1, 0, 13), run(2, 1, 13), run(3, 0, 210)];
const setting = (path: string, values: SettingRow['values'], absent = values.map(() => false)): SettingRow => ({
  ...{ path, values, absent },
  differs: values.some((value, index) => value !== values[0] || absent[index] !== absent[0]),
});
const SETTINGS = [
  setting('learningRate', [5e-4, 0.0005, 1e-6]),
  setting('adapter.nTie', [17, 17, null], [false, false, true]),
  setting('seed', [0, 1, 0]),
  setting('steps', [10, 10, 10]),
];

function band(key: string, means: number[], runs = 2): CurveBand {
  return {
    ...{ key, steps: means.map((_mean, index) => (index + 1) * 10), means, counts: means.map(() => runs) },
    lows: means.map((mean, index) => (index === 1 ? null : mean - 0.1)),
    highs: means.map((mean, index) => (index === 1 ? null : mean + 0.1)),
    ...{ runsWithPoints: runs, runs, totalSteps: means.length, bucketSteps: 1, marks: [{ step: 41, value: 'NaN' }] },
  };
}

describe('sides', () => {
  it('keep every run apart, put seeds together, or group by numbers or a setting', () => {
    expect(sidesOf(RUNS, SETTINGS, 'none').map(({ label }) => label)).toEqual([
      'r1 13 numbers · s0',
      'r2 13 numbers · s1',
      'r3 210 numbers · s0',
    ]);
    expect(sidesOf(RUNS, SETTINGS, 'seeds').map(({ key, runs }) => [key, runs.length])).toEqual([
      ['id-1', 2],
      ['id-3', 1],
    ]);
    expect(sidesOf(RUNS, SETTINGS, 'numbers').map(({ label }) => label)).toEqual(['13 numbers', '210 numbers']);
    expect(sidesOf(RUNS, SETTINGS, 'learningRate').map(({ label, places }) => [label, places])).toEqual([
      ['learningRate 5e-4', [0, 1]],
      ['learningRate 1e-6', [2]],
    ]);
  });

  it('say what each has for a setting; a missing setting is no null', () => {
    const sides = sidesOf(RUNS, SETTINGS, 'numbers');
    const compared = comparedSettings(sides, SETTINGS);
    expect(compared.map(({ path, texts, differs }) => [path, texts, differs])).toEqual([
      ['learningRate', ['5e-4', '1e-6'], true],
      ['adapter.nTie', ['17', '–'], true],
      ['seed', ['0, 1', '0'], true],
      ['steps', ['10', '10'], false],
    ]);
    expect(compared[0]?.copied).toEqual(['0.0005', '0.000001']);
    expect(varyingPaths(SETTINGS)).toEqual(['learningRate', 'adapter.nTie']);
  });

  it('take their colour from one setting where they are too many to tell apart', () => {
    const many = Array.from({ length: MOST_COLOURS + 1 }, (_, index) => run(index, 0, index % 2));
    const rows = [
      setting(
        'rank',
        many.map((_run, index) => index % 2),
      ),
    ];
    const sides = sidesOf(many, rows, 'none');
    expect(new Set(colourKeys(sides, comparedSettings(sides, rows), 'rank'))).toEqual(new Set(['rank 0', 'rank 1']));
    const few = sides.slice(0, MOST_COLOURS);
    expect(colourKeys(few, comparedSettings(few, rows), 'rank')).toEqual(few.map(({ key }) => key));
  });
});

describe('results', () => {
  it('read a curve at its last step, its best, or the last before a step', () => {
    const curve = band('a', [0.2, 0.6, 0.5]);
    expect(bandValue(curve, parsePlace('last'))).toEqual({ step: 30, value: 0.5, low: 0.4, high: 0.6, runs: 2 });
    expect(bandValue(curve, parsePlace('best'))).toMatchObject({ step: 20, value: 0.6, low: null });
    expect(bandValue(curve, parsePlace('15'))).toMatchObject({ step: 10, value: 0.2 });
    expect(bandValue(curve, parsePlace('5'))).toBeNull();
  });

  it('tell an interval without 0 from one that the correction does not let stand', () => {
    const of = (low: number, high: number, isSignificant: boolean) =>
      verdictOf({
        ...{ difference: (low + high) / 2, pValue: 0.03, pHolm: isSignificant ? 0.03 : 0.09, isSignificant },
        ...{ interval: { low, high, kind: 'bootstrap-over-problems' }, problems: 512 },
      });
    expect(of(0.1, 0.2, true)).toBe('significant');
    expect(of(-0.2, -0.1, false)).toBe('aloneOnly');
    expect(of(-0.1, 0.2, false)).toBe('includesZero');
  });

  it('are copied whole, with what would break a table taken out', () => {
    const table = {
      columns: ['setting', 'a|b'],
      rows: [
        ['prompt', 'two\nlines'],
        ['lr', 0.1 + 0.2],
        ['x', null],
      ],
    };
    expect(tableToTsv(table)).toBe('setting\ta|b\nprompt\ttwo lines\nlr\t0.30000000000000004\nx\t\n');
    expect(tableToMarkdown(table).split('\n').slice(0, 3)).toEqual([
      '| setting | a\\|b |',
      '| --- | ---: |',
      '| prompt | two lines |',
    ]);
  });
});

describe('curves', () => {
  it('have bands from two runs on, every NaN, and single runs behind the mean', () => {
    const sides = sidesOf(RUNS, SETTINGS, 'numbers');
    const bands = [band('numbers 13', [0.2, 0.6]), band('numbers 210', [0.3, 0.9], 1)];
    const singles = [{ runId: 'id-1', name: 'reward/mean', steps: [10], values: [0.1], totalPoints: 1 }].map(
      (series) => ({
        ...series,
        ...{ bucketSteps: 1, marks: [], lastStep: 10 },
      }),
    );
    const marks = [runMark(0, 'light'), runMark(1, 'light')];
    const lines = compareLines({ sides, bands, marks, singles, hasBands: true, nameOf: ({ label }) => label });
    expect(lines.map(({ id, isBackground }) => [id, isBackground ?? false])).toEqual([
      ['numbers 13 id-1', true],
      ['numbers 13', false],
      ['numbers 210', false],
    ]);
    expect(lines[1]?.points).toEqual([
      { x: 10, y: 0.2, low: 0.1, high: 0.30000000000000004, n: 2 },
      { x: 20, y: 0.6, n: 2 },
      { x: 41, y: NaN },
    ]);
    expect(endsOf(sides, bands)).toMatchObject({
      highest: { name: '210 numbers' },
      lowest: { value: 0.6 },
      nonFinite: 2,
    });
  });
});
