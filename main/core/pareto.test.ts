import { expect, test } from 'vitest';
import type { EvaluationResult } from '../../contracts/engine-protocol.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import type { SweepReport, SweepReportCell } from '../../contracts/sweep-report.ts';
import { paretoChart, shortNumber } from './pareto-chart.ts';
import { paretoCsv, paretoFront } from './pareto.ts';
import type { Estimate } from './statistics.ts';

const PROBLEMS = 200;

/** The first `right` of the problems are solved. */
function evaluation(mode: 'sampled' | 'greedy', right: number): EvaluationResult {
  const accuracy = right / PROBLEMS;
  return {
    step: 0,
    mode,
    temperature: mode === 'sampled' ? 1 : 0,
    problems: PROBLEMS,
    samples: 1,
    accuracy,
    strict: accuracy,
    lenient: accuracy,
    format: 1,
    meanTokens: 5,
    clusters: null,
    perProblem: Array.from({ length: PROBLEMS }, (_, i) => (i < right ? 1 : 0)),
    durationMs: 1,
  };
}

function cell(
  adapter: object,
  parameterCount: number,
  seed: number,
  startRight: number,
  endRight: number,
): SweepReportCell {
  const config = RunConfig.parse({
    model: 'm.gguf',
    adapter,
    data: { train: 't', heldOut: 'h' },
    grader: { name: 'exact' },
    steps: 10,
    learningRate: 0.01,
    seed,
  });
  const pair = (right: number) => ({ sampled: evaluation('sampled', right), greedy: evaluation('greedy', right + 4) });
  return {
    cellKey: `${JSON.stringify(adapter)} ${seed}`,
    runId: `run-${parameterCount}-${seed}`,
    label: JSON.stringify(adapter),
    role: 'cell',
    config,
    seed,
    parameterCount,
    status: 'done',
    lastStep: 10,
    failure: null,
    evaluations: { start: pair(startRight), end: pair(endRight) },
  };
}

const report: SweepReport = {
  sweepId: 's',
  number: 1,
  name: 'small',
  description: '',
  recipePath: 'r.yaml',
  recipeText: '',
  createdAtMs: 0,
  cells: [
    cell({ kind: 'tinylora', nTie: 7 }, 4, 0, 60, 80),
    cell({ kind: 'tinylora', nTie: 7 }, 4, 1, 60, 100),
    cell({ kind: 'tinylora', tying: 'all' }, 1, 0, 60, 60),
    cell({ kind: 'lora-xs' }, 112, 0, 60, 70),
    cell({ kind: 'lora', rank: 1 }, 5000, 0, 60, 120),
    cell({ kind: 'full' }, 1e6, 0, 60, 140),
  ],
};

test('averages seeds, orders by size and keeps what nothing smaller reaches', () => {
  const front = paretoFront(report);
  expect(front.points.map(({ trainableNumbers, seeds }) => [trainableNumbers, seeds.length])).toEqual([
    [1, 1],
    [4, 2],
    [112, 1],
    [5000, 1],
  ]);
  expect(front.points[1]?.sampled?.end.mean).toBeCloseTo(0.45, 12);
  expect(front.points[1]?.sampled?.difference.low).toBeGreaterThan(0);
  // Two seeds, 0.4 and 0.5: one degree of freedom.
  expect(front.points[1]?.overSeeds.sampled).toMatchObject({ mean: 0.45, n: 2 });
  expect(front.points[1]?.overSeeds.sampled?.high).toBeCloseTo(0.45 + 12.7062 * 0.05, 4);
  expect(front.points[0]?.overSeeds.sampled).toBeNull();
  expect(front.intervalKind).toBe("Student's t, 95 %, over problems");
  expect(JSON.stringify(paretoChart(front).title)).toContain('over seeds');
  expect(front.front.sampled).toEqual([0, 1, 3]);
  expect(front.full?.sampled?.end.mean).toBeCloseTo(0.7, 12);
  expect(front.untrained.sampled?.mean).toBeCloseTo(0.3, 12);
});

test('a cell without an end, or not done, is listed but no point', () => {
  const [first] = report.cells;
  if (!first) throw new Error('The report has no cell.');
  const cells = [
    {
      ...first,
      status: 'failed' as const,
      evaluations: { ...first.evaluations, end: { sampled: null, greedy: null } },
    },
  ];
  const front = paretoFront({ ...report, cells });
  expect(front.points).toEqual([]);
  expect(front.cells[0]?.sampled).toBeNull();
});

test('problems of one cluster count as one in every interval', () => {
  const [first] = report.cells;
  if (!first) throw new Error('The report has no cell.');
  const clusters = Array.from({ length: PROBLEMS }, (_, i) => Math.floor(i / 2));
  const clustered = (pair: SweepReportCell['evaluations']['start']) => ({
    sampled: pair.sampled && { ...pair.sampled, clusters },
    greedy: pair.greedy && { ...pair.greedy, clusters },
  });
  const { start, end } = first.evaluations;
  const cells = [{ ...first, evaluations: { start: clustered(start), end: clustered(end) } }];
  const alone = paretoFront({ ...report, cells: [first] });
  const front = paretoFront({ ...report, cells });
  expect(front.intervalKind).toBe("Student's t, 95 %, over clusters of problems");
  const widening = (one: Estimate | undefined, other: Estimate | undefined) =>
    ((other?.high ?? NaN) - (other?.low ?? NaN)) / ((one?.high ?? NaN) - (one?.low ?? NaN));
  // Both of a pair score the same, so only half as many observations are left.
  const [before, after] = [alone.points[0]?.sampled, front.points[0]?.sampled];
  for (const name of ['start', 'end', 'difference'] as const) {
    expect(widening(before?.[name], after?.[name])).toBeCloseTo(Math.SQRT2, 1);
    expect(after?.[name].mean).toBe(before?.[name].mean);
  }
  expect(widening(alone.untrained.greedy ?? undefined, front.untrained.greedy ?? undefined)).toBeCloseTo(Math.SQRT2, 1);
});

test('CSV quotes labels and has a column for each bound', () => {
  const [header, row] = paretoCsv(paretoFront(report)).split('\r\n');
  expect(header?.split(',').length).toBe(7 + 18);
  expect(row).toContain('"{""kind"":""tinylora"",""nTie"":7}"');
});

test('the chart has two panels, and hollow points where the gain is uncertain', () => {
  const option = paretoChart(paretoFront(report));
  expect(option.grid).toHaveLength(2);
  expect(JSON.stringify(option.series)).toContain('"color":"#ffffff"');
  expect(shortNumber(13)).toBe('13');
  expect(shortNumber(100352)).toBe('100 k');
  expect(shortNumber(3085846528)).toBe('3.09 G');
});
