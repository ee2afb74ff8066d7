// The database: migrations, the queue's order, what is kept of metrics and evaluations.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunConfig } from '../../contracts/run-config.ts';
import type { PlannedCell } from '../../contracts/run-record.ts';
import { openDatabase } from './database.ts';
import { MIGRATIONS, migrate } from './migrations.ts';
import { StoreReader } from './reader/reader.ts';
import { SqliteStore } from './store.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tinylora-store-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function cell(key: string, steps = 3): PlannedCell {
  const config = RunConfig.parse({
    model: '/m.gguf',
    adapter: { kind: 'tinylora' },
    data: { train: '/t.jsonl', heldOut: '/h.jsonl' },
    grader: { name: 'exact' },
    steps,
    learningRate: 0.01,
  });
  return { key, runId: key, label: key, role: 'cell', config, modelHash: 'f'.repeat(64), parameterCount: 1 };
}

function storeWith(...keys: string[]): SqliteStore {
  const store = new SqliteStore(join(folder, 'tinylora.db'));
  const sweep = { id: 'sweep', name: 'demo', description: '', recipePath: '/demo.yaml', recipeText: '' };
  store.sweeps.save(
    sweep,
    keys.map((key) => cell(key)),
  );
  return store;
}

describe('migrations', () => {
  it('bring an empty file to the newest version and leave it there', () => {
    const path = join(folder, 'tinylora.db');
    openDatabase(path).close();
    const database = openDatabase(path);
    expect(database.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
    database.close();
  });

  it('refuse a database of a newer program and name the file', () => {
    const path = join(folder, 'tinylora.db');
    const database = new SqliteDatabase(path);
    database.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    database.close();
    expect(() => openDatabase(path)).toThrow(/tinylora\.db was written by a newer version/);
  });

  it('keep the finite metrics of a first version', () => {
    const database = new SqliteDatabase(':memory:');
    migrate(database, MIGRATIONS.slice(0, 1));
    database.pragma('foreign_keys = OFF');
    database.exec('INSERT INTO metrics VALUES (1, 1, 1, 0.5, 0), (1, 1, 2, NULL, 1)');
    migrate(database);
    expect(database.prepare('SELECT * FROM metrics').all()).toEqual([
      { run_number: 1, name_id: 1, step: 1, value: 0.5 },
    ]);
    database.close();
  });

  it('keep evaluations from before clusters were known', () => {
    const database = new SqliteDatabase(':memory:');
    migrate(database, MIGRATIONS.slice(0, 1));
    database.pragma('foreign_keys = OFF');
    database.exec(`INSERT INTO evaluations VALUES (1, 0, 'greedy', 0, 1, 1, 1, 1, 1, 1, 3, 5, x'000000000000f03f')`);
    migrate(database);
    expect(database.prepare('SELECT accuracy, clusters FROM evaluations').all()).toEqual([
      { accuracy: 1, clusters: null },
    ]);
    database.close();
  });

  it('apply all pending steps or none', () => {
    const database = new SqliteDatabase(':memory:');
    expect(() => migrate(database, ['CREATE TABLE first (x)', 'CREATE TABEL second (x)'])).toThrow(/syntax error/);
    expect(database.pragma('user_version', { simple: true })).toBe(0);
    expect(database.prepare('SELECT count(*) AS n FROM sqlite_master').get()).toEqual({ n: 0 });
  });
});

describe('runs', () => {
  it('are queued in order; one queued again goes to the end, one interrupted keeps its place', () => {
    const store = storeWith('a', 'b', 'c');
    expect(store.runs.nextQueued()?.id).toBe('a');
    store.runs.setState('a', 'paused', {}, '');
    store.runs.setState('a', 'queued', {}, '');
    expect(store.runs.withState('queued').map(({ id }) => id)).toEqual(['b', 'c', 'a']);
    store.runs.setState('b', 'running', { enginePid: 7, attempts: 1 }, '');
    store.runs.setState('b', 'interrupted', {}, '');
    store.runs.setState('b', 'queued', {}, '');
    expect(store.runs.nextQueued()).toMatchObject({ id: 'b', attempts: 1, enginePid: 7 });
    store.close();
  });

  it('keep state and results when the sweep is saved again', () => {
    const store = storeWith('a', 'b');
    store.runs.setState('a', 'done', { lastStep: 3 }, '');
    store.sweeps.save({ id: 'sweep', name: 'demo', description: 'new', recipePath: '/demo.yaml', recipeText: '' }, [
      cell('a'),
      cell('b'),
    ]);
    expect(store.runs.list().map(({ id, state }) => [id, state])).toEqual([
      ['a', 'done'],
      ['b', 'queued'],
    ]);
    expect(store.sweeps.latestByName('demo')).toMatchObject({ id: 'sweep', description: 'new' });
    store.close();
  });

  it('are shared by sweeps that have a cell in common', () => {
    const store = storeWith('a', 'b');
    store.sweeps.save({ id: 'other', name: 'other', description: '', recipePath: '/o.yaml', recipeText: '' }, [
      cell('b'),
      cell('c'),
    ]);
    expect(store.runs.list().map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(store.sweeps.find('other')?.cells.map(({ runId }) => runId)).toEqual(['b', 'c']);
    store.close();
  });

  it('are found by the start of their id, two at most', () => {
    const store = storeWith('abc1', 'abc2', 'abd');
    expect(store.runs.findByPrefix('abc').length).toBe(2);
    expect(store.runs.findByPrefix('abd').map(({ id }) => id)).toEqual(['abd']);
    expect(store.runs.findByPrefix('%')).toEqual([]);
    store.close();
  });
});

describe('results', () => {
  it('are series by metric and step', () => {
    const store = storeWith('a');
    store.metrics.append('a', 1, { loss: 0.5, 'reward/mean': 0.1 });
    store.metrics.append('a', 2, { loss: 0.25 });
    expect(store.metrics.series('a')).toEqual([
      { name: 'loss', steps: [1, 2], values: [0.5, 0.25], marks: [] },
      { name: 'reward/mean', steps: [1], values: [0.1], marks: [] },
    ]);
    store.close();
  });

  it('come back as they were, each problem included', () => {
    const store = storeWith('a');
    const means = { accuracy: 1 / 3, strict: 0.2, lenient: 0.4, format: 1, meanTokens: 7.5 };
    const perProblem = [1 / 3, 0, 1];
    const result = {
      step: 0,
      mode: 'sampled' as const,
      temperature: 1,
      problems: 3,
      samples: 3,
      ...means,
      perProblem,
      clusters: [0, 1, 0],
      durationMs: 12,
    };
    const unclustered = { ...result, step: 1, clusters: null };
    for (const some of [result, result, unclustered]) store.evaluations.save('a', some);
    expect(store.evaluations.list('a')).toEqual([result, unclustered]);
    store.close();
  });

  it('after a step are removed when the run is rewound to it', () => {
    const store = storeWith('a', 'b');
    for (const step of [1, 2, 3]) store.metrics.append('a', step, { loss: step });
    store.metrics.append('b', 3, { loss: 3 });
    store.rewind('a', 1);
    expect(store.metrics.series('a')).toEqual([{ name: 'loss', steps: [1], values: [1], marks: [] }]);
    expect(store.metrics.lastStep('b')).toBe(3);
    store.close();
  });

  it('have summaries that follow appends, replacements and rewinds', () => {
    const store = storeWith('a');
    for (const [step, loss] of [
      [1, 0.5],
      [2, 0.9],
      [3, 0.1],
      [4, 0.1],
    ] as const)
      store.metrics.append('a', step, { loss });
    const reader = new StoreReader(join(folder, 'tinylora.db'));
    const overview = () => reader.metrics.overview(reader.runs.numberOf('a'));
    const summary = { points: 4, lastStep: 4, last: 0.1, min: 0.1, minStep: 3, max: 0.9, maxStep: 2 };
    expect(overview()).toEqual([{ name: 'loss', marks: 0, summary }]);
    store.metrics.append('a', 2, { loss: 0.2 });
    expect(overview()).toEqual([{ name: 'loss', marks: 0, summary: { ...summary, max: 0.5, maxStep: 1 } }]);
    store.metrics.mark('a', 5, { loss: 'NaN', 'kl/reference': 'Infinity' });
    expect(overview().map(({ name, marks }) => [name, marks])).toEqual([
      ['kl/reference', 1],
      ['loss', 1],
    ]);
    expect(overview()[0]?.summary).toBeNull();
    expect(store.metrics.series('a').map(({ name, marks }) => [name, marks])).toEqual([
      ['loss', [{ step: 5, value: 'NaN' }]],
      ['kl/reference', [{ step: 5, value: 'Infinity' }]],
    ]);
    store.rewind('a', 2);
    const left = { points: 2, lastStep: 2, last: 0.2, min: 0.2, minStep: 2, max: 0.5, maxStep: 1 };
    expect(overview()).toEqual([{ name: 'loss', marks: 0, summary: left }]);
    store.rewind('a', 0);
    expect(overview()).toEqual([]);
    reader.close();
    store.close();
  });

  it('include the trained numbers, by step', () => {
    const store = storeWith('a');
    const values = (...numbers: number[]) => Buffer.from(Float32Array.from(numbers).buffer).toString('base64');
    store.parameters.save('a', 1, { total: 2, indices: null, values: values(0.5, -1) });
    store.parameters.save('a', 2, { total: 9000, indices: [3, 7000], values: values(2, 0.25) });
    const reader = new StoreReader(join(folder, 'tinylora.db'));
    expect([...reader.parameters.history(reader.runs.numberOf('a'), { from: 0, to: 9 })]).toEqual([
      { step: 1, total: 2, indices: null, numbers: Float32Array.of(0.5, -1) },
      { step: 2, total: 9000, indices: Uint32Array.of(3, 7000), numbers: Float32Array.of(2, 0.25) },
    ]);
    reader.close();
    store.close();
  });

  it('of a transaction that fails leave no trace, a new metric name included', () => {
    const store = storeWith('a');
    const failing = (): void => {
      store.metrics.append('a', 1, { fresh: 1 });
      throw new Error('disk full');
    };
    expect(() => store.transaction(failing)).toThrow('disk full');
    store.metrics.append('a', 1, { fresh: 2 });
    expect(store.metrics.series('a')).toEqual([{ name: 'fresh', steps: [1], values: [2], marks: [] }]);
    store.close();
  });
});

it('says which file cannot be written, and how to mend it', () => {
  const path = join(folder, 'tinylora.db');
  mkdirSync(path);
  expect(() => new SqliteStore(path)).toThrow(
    /Cannot write .*tinylora\.db .*: free disk space and check that the folder is writable/,
  );
});
