// Removal for good: nothing of a run stays, what others share stays, and no number is given twice.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunConfig } from '../../contracts/run-config.ts';
import type { PlannedCell } from '../../contracts/run-record.ts';
import { SqliteStore } from './store.ts';

let store: SqliteStore;

beforeEach(() => {
  store = new SqliteStore(':memory:');
});
afterEach(() => store.close());

function cell(key: string): PlannedCell {
  const config = RunConfig.parse({
    model: '/m.gguf',
    adapter: { kind: 'tinylora' },
    data: { train: '/t.jsonl', heldOut: '/h.jsonl' },
    grader: { name: 'exact' },
    steps: 3,
    learningRate: 0.01,
  });
  return { key, runId: key, label: key, role: 'cell', config, modelHash: 'f'.repeat(64), parameterCount: 1 };
}

function save(id: string, ...keys: string[]): number {
  const header = { id, name: id, description: '', recipePath: `/${id}.yaml`, recipeText: '' };
  return store.sweeps.save(header, keys.map(cell)).number;
}

it('deletes what was removed long enough ago, with all that belongs to it, and gives no number twice', () => {
  expect([save('first', 'a', 'b'), save('second', 'b', 'c')]).toEqual([1, 2]);
  store.organising.tag('c', ['paper'], []);
  store.metrics.append('c', 1, { loss: 1 });
  store.events.append('c', 'note', 'x');
  const shared = store.organising.runsOnlyIn('second').map(({ id }) => id);
  expect(shared).toEqual(['c']);
  store.organising.removeSweep('second', shared, 1000);
  expect(store.organising.purge(1000)).toEqual([]);
  expect(store.organising.purge(1001)).toEqual(['c']);
  expect([store.runs.find('c'), store.sweeps.find('second'), store.organising.tags()]).toEqual([null, null, []]);
  expect(store.runs.list().map(({ id }) => id)).toEqual(['a', 'b']);
  expect(save('third', 'c', 'd')).toBe(3);
  expect(store.runs.list().map(({ id, number }) => [id, number])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 4],
    ['d', 5],
  ]);
});

it('keeps a run that is running, though it was removed', () => {
  save('first', 'a');
  store.runs.setState('a', 'running', {}, 'Started.');
  store.organising.removeRun('a', 1000);
  expect(store.organising.purge(2000)).toEqual([]);
  expect(store.runs.withState('running').map(({ id }) => id)).toEqual(['a']);
});
