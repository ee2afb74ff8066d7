// What is left of a curve when it is thinned, on random curves in a real store: every extreme, every value that is no number,
// and means that depend on nothing else. Runs under vitest.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunConfig } from '../contracts/run-config.ts';
import type { PlannedCell } from '../contracts/run-record.ts';
import { SeededRandom } from '../contracts/seeded-random.ts';
import { curveBands, metricWindows } from '../main/core/curves/metric-window.ts';
import { StoreReader } from '../main/store/reader/reader.ts';
import { SqliteStore } from '../main/store/store.ts';

const RUNS = 6;
const MOST_STEPS = 900;
const NAME = 'reward/mean';
const WHOLE = { from: null, to: null };

const folder = mkdtempSync(join(tmpdir(), 'tinylora-curves-'));
const random = new SeededRandom(7);
/** By run: the value of each step that has one, and the steps that are no numbers. */
const curves = Array.from({ length: RUNS }, () => randomCurve());
let reader: StoreReader;

function randomCurve(): { values: Map<number, number>; marks: number[] } {
  const values = new Map<number, number>();
  const marks: number[] = [];
  for (let step = random.integer(0, 40), last = random.integer(200, MOST_STEPS); step <= last; step++) {
    const chance = random.uniform();
    if (chance < 0.02) marks.push(step);
    // Some steps are missing; a few values stand far out.
    else if (chance < 0.9) values.set(step, random.uniform() + (chance < 0.03 ? random.integer(-9, 9) : 0));
  }
  return { values, marks };
}

function cell(index: number): PlannedCell {
  const config = RunConfig.parse({
    model: '/models/random.gguf',
    adapter: { kind: 'tinylora' },
    data: { train: '/data/train.jsonl', heldOut: '/data/held-out.jsonl' },
    grader: { name: 'exact' },
    ...{ steps: MOST_STEPS, learningRate: 0.01, seed: index },
  });
  const common = { label: `random ${index}`, role: 'cell' as const, modelHash: 'f'.repeat(64), parameterCount: 13 };
  return { key: `key-${index}`, runId: `run-${index}`, config, ...common };
}

beforeAll(() => {
  const path = join(folder, 'tinylora.db');
  const store = new SqliteStore(path);
  const cells = curves.map((_curve, index) => cell(index));
  store.transaction(() => {
    store.sweeps.save({ id: 'random', name: 'random', description: '', recipePath: '/r.yaml', recipeText: '' }, cells);
    for (const [index, { values, marks }] of curves.entries()) {
      for (const [step, value] of values) store.metrics.append(`run-${index}`, step, { [NAME]: value });
      for (const step of marks) store.metrics.mark(`run-${index}`, step, { [NAME]: 'NaN' });
    }
  });
  store.close();
  reader = new StoreReader(path);
});
afterAll(() => {
  reader.close();
  rmSync(folder, { recursive: true });
});

function windowOf(index: number, range: { from: number | null; to: number | null }, buckets: number) {
  const [series] = metricWindows(reader, { runs: [`run-${index}`], names: [NAME], ...range, buckets });
  if (series === undefined) throw new Error('Every asked name has its series.');
  return series;
}

describe('a thinned curve', () => {
  it.each(curves.map((_curve, index) => index))('keeps every extreme of every bucket (curve %i)', (index) => {
    const { values, marks } = curves[index] ?? { values: new Map<number, number>(), marks: [] };
    for (const buckets of [1, 3, 16, 64, 400]) {
      const [from, to] = [random.integer(0, 120), random.integer(130, MOST_STEPS)];
      const inside = [...values].filter(([step]) => step >= from && step <= to);
      const series = windowOf(index, { from, to }, buckets);
      const drawn = new Map(series.steps.map((step, place) => [step, series.values[place]]));
      expect(series.totalPoints).toBe(inside.length);
      expect(series.steps).toEqual(series.steps.toSorted((left, right) => left - right));
      for (const [step, value] of drawn) expect(values.get(step)).toBe(value);
      expect(series.marks.map(({ step }) => step)).toEqual(marks.filter((step) => step >= from && step <= to));
      const byBucket = Map.groupBy(inside, ([step]) => Math.floor(step / series.bucketSteps));
      // First, smallest, largest and last of each bucket, and of one more than asked for: edges lie at powers of two.
      expect(series.steps.length).toBeLessThanOrEqual(4 * (buckets + 1));
      for (const bucket of byBucket.values()) {
        const shown = bucket.filter(([step]) => drawn.has(step)).map(([, value]) => value);
        const all = bucket.map(([, value]) => value);
        expect([Math.min(...shown), Math.max(...shown)]).toEqual([Math.min(...all), Math.max(...all)]);
        expect([drawn.has(bucket[0]?.[0] ?? NaN), drawn.has(bucket.at(-1)?.[0] ?? NaN)]).toEqual([true, true]);
      }
    }
  });
});

describe('means over runs', () => {
  const group = { key: 'all', runs: curves.map((_curve, index) => `run-${index}`) };
  const ask = (groups: (typeof group)[], range: { from: number | null; to: number | null }, buckets: number) =>
    curveBands(reader, { name: NAME, groups, ...range, buckets })[0];

  it('are those of all points at any zoom, beside any group, however many are drawn', () => {
    const whole = ask([group], WHOLE, 8192);
    const place = new Map(whole?.steps.map((step, index) => [step, index]));
    for (let round = 0; round < 20; round++) {
      const [from, to] = [random.integer(0, 300), random.integer(310, MOST_STEPS)];
      const other = { key: 'other', runs: [`run-${random.integer(0, RUNS - 1)}`] };
      const zoomed = ask([group, other], { from, to }, random.integer(4, 200));
      expect(zoomed?.steps.length).toBeGreaterThan(0);
      for (const [index, step] of zoomed?.steps.entries() ?? []) {
        const at = place.get(step) ?? NaN;
        expect([zoomed?.means[index], zoomed?.lows[index], zoomed?.highs[index], zoomed?.counts[index]]).toEqual([
          whole?.means[at],
          whole?.lows[at],
          whole?.highs[at],
          whole?.counts[at],
        ]);
      }
    }
  });

  it('are the plain mean, with an interval from two runs on', () => {
    const whole = ask([group], WHOLE, 8192);
    for (const [index, step] of whole?.steps.entries() ?? []) {
      const there = curves.flatMap(({ values }) => values.get(step) ?? []);
      expect(whole?.counts[index]).toBe(there.length);
      expect(whole?.means[index]).toBeCloseTo(there.reduce((sum, value) => sum + value, 0) / there.length, 10);
      expect(whole?.lows[index] === null).toBe(there.length < 2);
    }
    expect(whole?.marks).toHaveLength(curves.reduce((sum, { marks }) => sum + marks.length, 0));
  });
});
