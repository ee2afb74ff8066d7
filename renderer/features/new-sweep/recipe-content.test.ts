// The form's view of a recipe, and the edits that a change in the form makes. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { axisForm, axisOfForm } from './axis-form.ts';
import { baseOfConfig, cellFactors, otherAxes, rowOfProblem, settingStates } from './recipe-content.ts';
import type { Content, Task } from './recipe-content.ts';
import { axisEdits, settingEdits, taskEdits } from './recipe-edits.ts';
import { editText, parseRecipe } from './recipe-text.ts';

const TASKS: Task[] = [
  {
    name: 'smallest',
    description: '',
    settings: {
      grader: { name: 'exact', mustEnd: true },
      data: { train: 'task:smallest/train', heldOut: 'task:smallest/held-out' },
      maxCompletionTokens: 10,
    },
  },
];
const TEXT = `# about the sweep
name: x
base:
  task: smallest # built in
  model: m.gguf
  adapter: { kind: tinylora, rank: 4, nTie: 7 }
  learningRate: 0.01
  steps: 4
grid:
  learningRate: [0.01, 0.03]
  data: [{ train: a, heldOut: b }]
seeds: [0, 1, 2]
`;
const content: Content = parseRecipe(TEXT) ?? {};
const states = settingStates(content, TASKS);
const stateOf = (path: string) => {
  const state = states.find(({ field }) => field.path === path);
  if (state === undefined) throw new Error(`The form has no ${path}.`);
  return state;
};

describe('states of settings', () => {
  it('come from the recipe, its task, or the default', () => {
    expect(stateOf('adapter.rank')).toMatchObject({ value: 4, isStated: true });
    expect(stateOf('grader.name')).toMatchObject({ value: 'exact', isStated: false, taskValue: 'exact' });
    expect(stateOf('adapter.u')).toMatchObject({ value: 1, isStated: false, taskValue: undefined });
    expect(stateOf('learningRate').axis).toEqual([0.01, 0.03]);
    expect(states.some(({ field }) => field.path === 'adapter.alpha')).toBe(false);
  });

  it('leave no axis of the grid unseen', () => {
    expect(otherAxes(content, states).map(([path]) => path)).toEqual(['data']);
  });

  it('count the cells by factor', () => {
    expect(cellFactors(content).map(({ path, count }) => [path, count])).toEqual([
      ['learningRate', 2],
      ['data', 1],
      ['seeds', 3],
    ]);
  });

  it('take problems to the row that can mend them', () => {
    const row = (key: string) => rowOfProblem({ key }, states);
    expect(row('grid.learningRate[1]')).toBe('learningRate');
    expect(row('base.adapter.alpha')).toBe('adapter.kind');
    expect(row('cells[2].adapter.rank')).toBe('cells[2]');
    expect(row('seeds[0]')).toBe('seeds');
    expect(row('')).toBe('');
  });
});

describe('edits of the form', () => {
  it('change one line and keep remarks', () => {
    const edited = editText(TEXT, settingEdits(content, stateOf('steps'), 9, states));
    expect(edited).toContain('task: smallest # built in');
    expect(edited).toContain('  steps: 9\n');
    expect(edited.startsWith('# about the sweep\n')).toBe(true);
  });

  it('carry over what another adapter has, too', () => {
    const edits = settingEdits(content, stateOf('adapter.kind'), 'lora-xs', states);
    expect(edits).toEqual([{ path: ['base', 'adapter'], value: { kind: 'lora-xs', rank: 4 } }]);
  });

  it('end a grid with its last axis', () => {
    expect(axisEdits({ grid: { steps: [1, 2] } }, 'steps', undefined)).toEqual([{ path: ['grid'] }]);
    expect(axisEdits(content, 'learningRate', undefined)).toEqual([{ path: ['grid', 'learningRate'] }]);
  });

  it('write a task out, so that its settings can be changed', () => {
    const edited = parseRecipe(editText(TEXT, taskEdits(content, TASKS, null)));
    expect(edited?.['base']).toMatchObject({ maxCompletionTokens: 10, grader: { name: 'exact', mustEnd: true } });
    expect(edited?.['base']).not.toHaveProperty('task');
  });
});

describe('an axis by rule', () => {
  it('is read from the recipe and written back as it was', () => {
    const axis = { logRange: { from: 0.001, to: 0.1, count: 3 } };
    const outcome = axisOfForm(axisForm(axis, 0.01), false);
    expect(outcome.axis).toEqual(axis);
    expect(outcome.values).toEqual([0.001, 0.01, 0.1]);
  });

  it('names the field that is wrong', () => {
    const form = { ...axisForm(undefined, 5), kind: 'range' as const, to: '1' };
    expect(axisOfForm(form, true).errors.to).toMatch(/below/);
  });

  it('takes lists by line and by comma, objects included', () => {
    const form = { ...axisForm(undefined, undefined), list: '1, 2\n{ kind: full }' };
    expect(axisOfForm(form, false).values).toEqual([1, 2, { kind: 'full' }]);
  });
});

describe('a run as a recipe', () => {
  it('states what differs from the defaults', () => {
    const config = { adapter: { kind: 'tinylora', rank: 2, u: 4 }, steps: 3, seed: 7, temperature: 1 };
    expect(baseOfConfig(config)).toEqual({ adapter: { kind: 'tinylora', u: 4 }, steps: 3 });
  });
});
