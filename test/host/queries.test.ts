// Queries through the query thread on a data folder of small scale: what tables, curves, completions and analyses say.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOST_METHODS } from '../../contracts/host-protocol.ts';
import type { HostResult } from '../../contracts/host-protocol.ts';
import type { QueryMethod } from '../../contracts/methods/queries.ts';
import { QueryClient } from '../../main/host/queries/query-client.ts';
import { SqliteStore } from '../../main/store/store.ts';
import { DIVERGED_RUN, LONG_RUN, SPIKE, TALKING_RUN, WIDE_RUN, writeScaleFixture } from '../fixtures/scale-store.ts';

const SIZES = {
  ...{ runs: 120, longSteps: 70_000, curveRuns: 8, curveSteps: 300, metricNames: 50, sweepCells: 40 },
  frontSettings: 0,
  completions: 1024,
};
const folder = mkdtempSync(join(tmpdir(), 'tinylora-queries-'));
const path = join(folder, 'tinylora.db');
let store: SqliteStore;
let client: QueryClient;

beforeAll(() => {
  store = new SqliteStore(path);
  writeScaleFixture(store, SIZES);
  client = new QueryClient(path);
});
afterAll(async () => {
  await client.close();
  store.close();
  rmSync(folder, { recursive: true });
});

/** As the server does it: parameters parsed by the method's schema; the answer must be what the schema says. */
async function ask<M extends QueryMethod>(method: M, params: object): Promise<HostResult<M>> {
  const { params: schema, result } = HOST_METHODS[method];
  const { text } = await client.call(method, schema.parse(params) as Parameters<typeof client.call<M>>[1]);
  return result.parse(JSON.parse(text)) as HostResult<M>;
}

describe('runTable', () => {
  it('sorts with missing values last both ways', async () => {
    for (const descending of [true, false]) {
      const query = { columns: ['sampled'], sort: [{ key: 'sampled', descending }], limit: 1000 };
      const { rows, totalRows } = await ask('runTable', query);
      const values = rows.map(({ cells }) => cells[0]?.value ?? null);
      const present = values.filter((value) => typeof value === 'number');
      expect(totalRows).toBe(SIZES.runs + SIZES.sweepCells + SIZES.curveRuns + 4);
      expect(present).toHaveLength(SIZES.runs);
      expect(values.slice(SIZES.runs).every((value) => value === null)).toBe(true);
      expect(present).toEqual(present.toSorted((left, right) => (descending ? right - left : left - right)));
    }
  });

  it('aggregates seeds with the interval over them', async () => {
    const query = { columns: ['sampled', 'lr', 'reward/mean@last'], filter: 'sweep=finished', aggregateSeeds: true };
    const { rows, matchedRuns, totalRows } = await ask('runTable', query);
    expect([matchedRuns, totalRows]).toEqual([SIZES.runs, SIZES.runs / 4]);
    for (const { runIds, seeds, cells } of rows) {
      expect([runIds.length, seeds]).toEqual([4, [0, 1, 2, 3]]);
      expect(cells[0]).toMatchObject({ n: 4, interval: { kind: 'student-over-seeds' } });
      expect(cells[1]).toMatchObject({ interval: null });
    }
  });

  it('names the interval of one run, filters by tag, groups by sweep, sees what was just written', async () => {
    store.organising.tag('done-5', ['paper'], []);
    const query = { columns: ['sampled', 'tags', 'adapter.nTie'], filter: 'tag:paper lr > 0.001', group: 'sweep' };
    const { rows, groups } = await ask('runTable', query);
    expect(groups).toEqual([{ value: 'finished', rows: 1, runs: 1 }]);
    expect(rows[0]).toMatchObject({ id: 'done-5', group: 'finished' });
    expect(rows[0]?.cells[0]).toMatchObject({ n: 512, interval: { kind: 'wilson' } });
    expect(rows[0]?.cells[1]?.value).toEqual(['paper']);
    await expect(ask('runTable', { columns: [], filter: 'nonsense > 1' })).rejects.toThrow('names no column nonsense');
  });

  it('exports every row in full', async () => {
    const { text, rows } = await ask('exportRunTable', {
      columns: ['lr', 'sampled'],
      filter: 'state:done',
      format: 'csv',
    });
    expect(rows).toBe(SIZES.runs);
    expect(text.split('\r\n')[0]).toBe(
      'id,runs,label,state,seeds,lr,sampled,sampled_low,sampled_high,sampled_interval,sampled_n',
    );
    const json = await ask('exportRunTable', { columns: ['lr'], filter: 'state:done', format: 'json' });
    expect(JSON.parse(json.text)).toHaveLength(SIZES.runs);
  });
});

describe('curves', () => {
  it('keep a spike of one step and say how much they show', async () => {
    const [series] = await ask('metricWindow', { runs: [LONG_RUN], names: ['reward/mean'], buckets: 500 });
    expect(series?.totalPoints).toBe(SIZES.longSteps);
    expect(series?.steps.length).toBeLessThan(2600);
    expect(series?.values[series.steps.indexOf(SPIKE.step)]).toBe(SPIKE.value);
    expect(series?.lastStep).toBe(SIZES.longSteps);
  });

  it('do not shimmer: more steps leave the finished buckets as they were', async () => {
    const window = (to: number) => ask('metricWindow', { runs: [LONG_RUN], names: ['reward/mean'], to, buckets: 100 });
    const [[before], [after]] = await Promise.all([window(50_000), window(50_300)]);
    expect(after?.bucketSteps).toBe(before?.bucketSteps);
    const edge = Math.floor(50_000 / (before?.bucketSteps ?? 1)) * (before?.bucketSteps ?? 1);
    const finished = (series: typeof before) => series?.steps.filter((step) => step < edge);
    expect(finished(after)).toEqual(finished(before));
  });

  it('mark what is no number', async () => {
    const series = await ask('metricWindow', { runs: [DIVERGED_RUN], names: ['loss'], buckets: 100 });
    expect(series[0]?.marks).toEqual([{ step: 41, value: 'NaN' }]);
  });

  it('have means that depend neither on zoom nor on other groups', async () => {
    const group = { key: 'a', runs: ['curve-0', 'curve-1', 'curve-2'] };
    const whole = await ask('curveBands', { name: 'reward/mean', groups: [group], buckets: 1000 });
    const others = [group, { key: 'b', runs: ['curve-3'] }];
    const zoomed = await ask('curveBands', { name: 'reward/mean', groups: others, from: 100, to: 120, buckets: 1000 });
    expect(zoomed[0]?.means).toEqual(whole[0]?.means.slice(99, 120));
    expect(zoomed[0]?.lows).toEqual(whole[0]?.lows.slice(99, 120));
    expect(zoomed[1]?.lows.every((low) => low === null)).toBe(true);
  });

  it('of accuracy have Wilson’s interval for one run, Student’s over several', async () => {
    const groups = [
      { key: 'one', runs: ['done-0'] },
      { key: 'seeds', runs: ['done-0', 'done-1', 'done-2', 'done-3'] },
      { key: 'none', runs: ['waiting-0'] },
    ];
    const [one, seeds, none] = await ask('evaluationCurves', { groups, mode: 'greedy' });
    expect(one?.points.map(({ step, seeds: count, interval: { kind } }) => [step, count, kind])).toEqual([
      [0, 1, 'wilson'],
      [114, 1, 'wilson'],
    ]);
    expect(seeds?.points.map(({ step, seeds: count, interval: { kind } }) => [step, count, kind])).toEqual([
      [0, 4, 'student-over-seeds'],
      [114, 4, 'student-over-seeds'],
    ]);
    expect(none?.points).toEqual([]);
  });

  it('are summarised by name', async () => {
    expect(await ask('metricNames', { run: WIDE_RUN })).toHaveLength(SIZES.metricNames);
  });
});

describe('completions', () => {
  const group = { run: TALKING_RUN, step: 2, phase: 'train', promptIndex: 3 };

  it('are browsed by step, prompt and group, with signed gaps', async () => {
    const steps = await ask('completionSteps', { run: TALKING_RUN });
    expect(steps).toMatchObject([
      { step: 1, prompts: 64, completions: 512, withTokens: 512 },
      { step: 2, prompts: 64, completions: 512 },
    ]);
    expect(await ask('completionPrompts', { run: TALKING_RUN, step: 2, phase: 'train' })).toHaveLength(64);
    const { samples } = await ask('completionGroup', group);
    expect(samples).toHaveLength(8);
    const gaps = samples[0]?.tokens?.map(({ logpTrain, logpRollout }) => (logpTrain ?? NaN) - logpRollout) ?? [];
    expect(Math.abs(samples[0]?.largestGap ?? NaN)).toBe(Math.max(...gaps.map(Math.abs)));
  });

  it('are searched by text and reward; % and _ mean themselves', async () => {
    const found = await ask('searchCompletions', { run: TALKING_RUN, text: '77', maxReward: 0, limit: 1000 });
    expect(found.searched).toBe(SIZES.completions);
    expect(found.rows).toHaveLength(found.matched);
    expect(found.rows.every(({ text, reward }) => text.includes('77') && reward === 0)).toBe(true);
    expect((await ask('searchCompletions', { run: TALKING_RUN, text: '7%7' })).matched).toBe(0);
  });

  it('that are not there are said to be missing', async () => {
    await expect(ask('completionGroup', { ...group, step: 9 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('analyses', () => {
  it('compare runs by name of test and correction', async () => {
    const { method, comparisons, sides } = await ask('compareRuns', {
      sides: [['done-0'], ['done-8'], ['done-9']],
      resamples: 1000,
    });
    expect(method).toEqual({ problems: 512, clusters: null, resamples: 1000, seed: 0 });
    expect(comparisons).toBe(2);
    expect(sides[0]?.against).toBeNull();
    expect(sides[1]?.against).toMatchObject({ isSignificant: true, problems: 512 });
  });

  it('draw a front of settings with its share of resamples', async () => {
    const objectives = [
      { key: 'numbers', goal: 'min', log: true },
      { key: 'sampled', goal: 'max' },
    ];
    const front = await ask('pareto', { sweeps: ['finished'], objectives, resamples: 100 });
    expect(front.points).toHaveLength(SIZES.runs / 4);
    expect(front.attainment.map(({ y }) => y)).toEqual(front.attainment.map(({ y }) => y).toSorted());
    expect(front.axes.map(({ path: setting }) => setting)).toEqual(['adapter.nTie', 'learningRate']);
    expect(front.hypervolume?.share).toBeGreaterThan(0);
    expect(front.baselines[0]?.label).toBe('untrained');
    const best = front.points[front.front.at(-1) ?? -1];
    expect(best).toMatchObject({ isOnFront: true, isUncertain: false });
  });

  it('find the setting that results follow, or say why not', async () => {
    const { settings, reason } = await ask('settingImportance', { sweeps: ['finished'], objective: 'sampled' });
    expect(reason).toBeNull();
    expect(settings.map(({ path: setting }) => setting)[0]).toBe('learningRate');
    const few = await ask('settingImportance', { runs: ['done-0', 'done-1'], objective: 'sampled' });
    expect(few).toMatchObject({ reason: 'few-cells', cells: 2, fewestCells: 8 });
  });
});

it('does not hold up the host’s event loop', async () => {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await Promise.all([
    ask('settingImportance', { sweeps: ['finished'], objective: 'sampled' }),
    ask('runTable', { columns: ['sampled', 'greedy'], limit: 1000 }),
  ]);
  delay.disable();
  // The machine itself may pause this process; the queries take several times as long.
  expect(delay.percentile(95) / 1e6).toBeLessThan(50);
});

describe("a run's screen", () => {
  it('has totals of every step, however few are answered', async () => {
    const query = { run: LONG_RUN, names: ['reward/mean', 'no/such'] };
    const [rough, none] = await ask('metricTotals', { ...query, buckets: 64 });
    const [exact] = await ask('metricTotals', { ...query, buckets: 8192 });
    expect(rough?.steps.length).toBeLessThan(130);
    expect(exact?.totals.at(-1)).toBeCloseTo(rough?.totals.at(-1) ?? NaN, 6);
    expect(rough?.steps.at(-1)).toBe(SIZES.longSteps);
    expect(none?.steps).toEqual([]);
  });

  it('counts the rewards of a step', async () => {
    const counts = await ask('rewardCounts', { run: TALKING_RUN, step: 1, phase: 'train' });
    expect(counts.map(({ reward }) => reward)).toEqual([0, 1]);
    expect(counts.reduce((sum, { completions }) => sum + completions, 0)).toBe(512);
  });
});

describe('sweepGrid', () => {
  it('places every cell by what varies, seeds averaged, with the gain of the best', async () => {
    const grid = await ask('sweepGrid', { sweep: 'finished' });
    expect(grid.axes.map(({ path, follows }) => [path, follows])).toEqual([
      ['adapter', null],
      ['learningRate', null],
    ]);
    expect(grid.settings).toHaveLength(SIZES.runs / 4);
    for (const { cells, sampled, values } of grid.settings) {
      expect(cells.map(({ seed }) => seed)).toEqual([0, 1, 2, 3]);
      expect(sampled).toMatchObject({ seeds: 4, problems: 512, interval: { kind: 'student-over-seeds' } });
      for (const [axis, value] of values.entries()) expect(grid.axes[axis]?.values).toContain(value);
    }
    const accuracies = grid.settings.map(({ sampled }) => sampled?.value ?? -1);
    const [best] = grid.best.sampled;
    expect(accuracies[best ?? -1]).toBe(Math.max(...accuracies));
    const { sampled } = grid.settings[best ?? -1] ?? {};
    expect(sampled?.gain?.interval.low).toBeLessThan(sampled?.gain?.value ?? 0);
    expect(sampled?.gain?.value).toBeCloseTo((sampled?.value ?? 0) - 0.22, 1);
  });

  it('has each cell by itself, with its own interval where that is asked for', async () => {
    const [plain, whole] = await Promise.all(
      [false, true].map((cellIntervals) => ask('sweepGrid', { sweep: 'finished', cellIntervals })),
    );
    const cells = (grid: typeof plain) => grid?.settings.flatMap((setting) => setting.cells) ?? [];
    expect(cells(plain).every(({ sampled }) => sampled !== null && sampled.interval === null)).toBe(true);
    for (const { sampled } of cells(whole)) {
      expect(sampled).toMatchObject({ problems: 512, samples: 1, interval: { kind: 'wilson' } });
      expect(sampled?.interval?.low).toBeLessThan(sampled?.value ?? 0);
    }
    const [first] = whole?.settings ?? [];
    const mean = (first?.cells ?? []).reduce((sum, { sampled }) => sum + (sampled?.value ?? NaN) / 4, 0);
    expect(first?.sampled?.value).toBeCloseTo(mean, 12);
  });

  it('shows waiting cells without a result, knows short names, and says which sweep is missing', async () => {
    const grid = await ask('sweepGrid', { sweep: 's1' });
    expect(grid).toMatchObject({ name: 'waiting', number: 1, best: { sampled: [], greedy: [] } });
    expect(grid.settings.flatMap(({ cells }) => cells)).toHaveLength(SIZES.sweepCells);
    expect(grid.settings.every(({ sampled }) => sampled === null)).toBe(true);
    await expect(ask('sweepGrid', { sweep: 's99' })).rejects.toThrow('There is no sweep s99');
  });
});
