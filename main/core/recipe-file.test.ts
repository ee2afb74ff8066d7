// Recipes: what they expand to, and what they may not say.
import { describe, expect, it } from 'vitest';
import { RecipeFile, expandRecipe } from './recipe-file.ts';
import type { ExpandedCell } from './recipe-file.ts';

const HEAD = `name: demo
base:
  model: builtin:models/chain.gguf
  adapter: { kind: tinylora, u: 2 }
  data: { train: data/train.jsonl, heldOut: /data/held-out.jsonl }
  grader: { name: exact }
  steps: 5
  learningRate: 0.01
`;

const TASK_HEAD = `name: demo
base:
  task: product
  model: builtin:models/chain.gguf
  adapter: { kind: tinylora }
  steps: 5
  learningRate: 0.01
`;

function expand(text: string): ExpandedCell[] {
  return expandRecipe(new RecipeFile('demo.yaml', text));
}

describe('expansion', () => {
  it('leaves paths as they are stated, and fills in defaults', () => {
    const [cell] = expand(HEAD);
    expect(cell?.config).toMatchObject({
      model: 'builtin:models/chain.gguf',
      data: { train: 'data/train.jsonl', heldOut: '/data/held-out.jsonl' },
      adapter: { kind: 'tinylora', rank: 2, u: 2, tying: 'tiled' },
      seed: 0,
    });
  });

  it('takes the settings of a built-in task where nothing else is stated', () => {
    const [cell] = expand(TASK_HEAD);
    expect(cell?.config).toMatchObject({
      data: { train: 'task:product/train', heldOut: 'task:product/held-out' },
      prompt: { kind: 'chat', system: null, user: '{question}' },
      grader: { name: 'last-number', mustEnd: true },
      stop: ['\n'],
      maxCompletionTokens: 48,
      evaluation: { samples: 20, everySteps: 0 },
    });
    const changed = `${TASK_HEAD}  data: { heldOut: task:product/validation }
  prompt: { kind: plain }
  evaluation: { everySteps: 10 }
grid: { maxCompletionTokens: [16] }
cells: [{ task: smallest }, { stop: [] }]
`;
    const [one, other] = expand(changed);
    expect(one?.config).toMatchObject({
      data: { train: 'task:smallest/train', heldOut: 'task:product/validation' },
      grader: { name: 'exact' },
    });
    expect(other?.config).toMatchObject({
      data: { train: 'task:product/train', heldOut: 'task:product/validation' },
      prompt: { kind: 'plain', text: '{question}' },
      stop: [],
      maxCompletionTokens: 16,
      evaluation: { samples: 20, everySteps: 10 },
    });
  });

  it('multiplies cells, grid and seeds, the seed fastest', () => {
    const cells = expand(`${HEAD}cells: [{ label: one }, { label: two, adapter: { nTie: 4 } }]
grid: { learningRate: [0.01, 0.03] }
seeds: [1, 2]
`);
    expect(cells.map(({ label, config }) => [label, config.seed])).toEqual([
      ['one, learningRate 0.01', 1],
      ['one, learningRate 0.01', 2],
      ['one, learningRate 0.03', 1],
      ['one, learningRate 0.03', 2],
      ['two, learningRate 0.01', 1],
      ['two, learningRate 0.01', 2],
      ['two, learningRate 0.03', 1],
      ['two, learningRate 0.03', 2],
    ]);
    expect(cells[4]?.config.adapter).toMatchObject({ kind: 'tinylora', u: 2, nTie: 4 });
  });

  it('replaces an adapter whole where its kind is stated', () => {
    const cells = expand(`${HEAD}grid: { adapter: [{ kind: lora, rank: 4 }, { kind: lora-xs }] }\n`);
    expect(cells.map(({ label }) => label)).toEqual(['LoRA r 4', 'LoRA-XS r 2']);
    expect(expand(`${HEAD}cells: [{ adapter: { kind: lora-xs, rank: 3 } }]\n`)[0]?.config.adapter).toEqual({
      kind: 'lora-xs',
      rank: 3,
      targets: [],
    });
  });

  it('sets a dotted path', () => {
    const cells = expand(`${HEAD}grid: { adapter.u: [1, 4], evaluation.problems: [7] }\n`);
    expect(cells.map(({ config }) => config.adapter)).toMatchObject([{ u: 1 }, { u: 4 }]);
    expect(cells[0]?.config.evaluation).toMatchObject({ problems: 7, samples: 1 });
  });

  it('adds baselines with every seed, and what takes no step once', () => {
    const cells = expand(`${HEAD}seeds: [0, 1]
baselines: [{ adapter: { kind: none }, steps: 0 }, { adapter: { kind: full } }]
`);
    expect(cells.map(({ role, label, config }) => [role, label, config.seed])).toEqual([
      ['cell', 'TinyLoRA r 2, u 2, tiled 1', 0],
      ['cell', 'TinyLoRA r 2, u 2, tiled 1', 1],
      ['baseline', 'untrained', 0],
      ['baseline', 'full fine-tuning', 0],
      ['baseline', 'full fine-tuning', 1],
    ]);
  });
});

describe('complaints name file, line and key', () => {
  it.each([
    ['an unknown key of the recipe', `${HEAD}sedes: [1]\n`, 'demo.yaml:9: `sedes` is not a known setting'],
    ['an unknown setting', HEAD.replace('steps', 'stepz'), 'demo.yaml:7: `base.stepz` is not a known setting'],
    [
      'an unknown key of the adapter',
      HEAD.replace('u: 2', 'uu: 2'),
      'demo.yaml:4: `base.adapter.uu` is not a known setting',
    ],
    [
      'a wrong value of a cell',
      `${HEAD}cells:\n  - label: x\n    steps: many\n`,
      'demo.yaml:11: `cells[0].steps` is not valid',
    ],
    [
      'an unknown key of the base that a cell adds to',
      `${HEAD.replace('u: 2', 'uu: 2')}cells: [{ adapter: { nTie: 2 } }]\n`,
      'demo.yaml:4: `base.adapter.uu`',
    ],
    [
      'an unknown key of a cell',
      `${HEAD}cells: [{ adapter: { nTies: 2 } }]\n`,
      'demo.yaml:9: `cells[0].adapter.nTies`',
    ],
    [
      'a wrong value of an axis',
      `${HEAD}grid:\n  learningRate:\n    - 0.1\n    - -1\n`,
      'demo.yaml:12: `grid.learningRate[1]` is not valid',
    ],
    [
      'an unknown axis',
      `${HEAD}grid:\n  adapter.uu: [1]\n`,
      'demo.yaml:10: `grid.adapter.uu[0]` is not a known setting',
    ],
    ['a missing setting', HEAD.replace('  learningRate: 0.01\n', ''), '`base.learningRate` is missing'],
    [
      'a task that there is not',
      TASK_HEAD.replace('product', 'sum'),
      'demo.yaml:3: `base.task` is not valid: There is no built-in task sum; choose one of smallest, product.',
    ],
    ['broken YAML', 'name: [demo\n', 'demo.yaml:2: not valid YAML'],
    ['a missing name', HEAD.replace('name: demo\n', ''), '`name` is missing'],
  ])('%s', (_case, text, message) => {
    expect(() => expand(text)).toThrow(message);
  });
});
