// What counts as a difference of settings.
import { expect, it } from 'vitest';
import { RunConfig } from '../../../contracts/run-config.ts';
import { settingsDifference } from './settings-difference.ts';

function run(changes: object) {
  const config = RunConfig.parse({
    model: '/m.gguf',
    adapter: { kind: 'tinylora' },
    data: { train: '/t.jsonl', heldOut: '/h.jsonl' },
    grader: { name: 'exact' },
    ...{ steps: 3, learningRate: 0.01 },
    ...changes,
  });
  return { config };
}
const differing = (...runs: ReturnType<typeof run>[]) => settingsDifference(runs).filter(({ differs }) => differs);

it('numbers differ by value, not by how they were written', () => {
  const written = JSON.parse('{"learningRate": 5e-4}') as object;
  expect(differing(run(written), run({ learningRate: 0.0005 }))).toEqual([]);
  expect(differing(run({ learningRate: 1e-6 }), run({ learningRate: 2e-6 }))).toEqual([
    { path: 'learningRate', values: [1e-6, 2e-6], absent: [false, false], differs: true },
  ]);
});

it('a setting that one run does not have is absent, not null', () => {
  const rows = differing(run({ adapter: { kind: 'full' } }), run({ adapter: { kind: 'tinylora', nTie: 7 } }));
  expect(rows.find(({ path }) => path === 'adapter.nTie')).toMatchObject({ values: [null, 7], absent: [true, false] });
  expect(rows.find(({ path }) => path === 'adapter.kind')?.values).toEqual(['full', 'tinylora']);
});

it('lists differ by what they hold, and every setting is there', () => {
  const rows = settingsDifference([run({ stop: ['\n'] }), run({ stop: ['\n'] }), run({ stop: [] })]);
  expect(rows.find(({ path }) => path === 'stop')).toMatchObject({
    values: ['["\\n"]', '["\\n"]', '[]'],
    differs: true,
  });
  expect(rows.map(({ path }) => path)).toContain('evaluation.samples');
});
