// The list of settings: none of RunConfig's is missing, none is made up, and defaults and bounds are the schema's.
import { describe, expect, it } from 'vitest';
import { RunConfig } from './run-config.ts';
import { SETTING_FIELDS, settingFieldsFor } from './setting-fields.ts';
import { SETTING_SOURCES } from './setting-sources.ts';

type Tree = Record<string, unknown>;

function leaves(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value as Tree, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}

const required = {
  model: '/m.gguf',
  data: { train: '/t.jsonl', heldOut: '/h.jsonl' },
  steps: 1,
  learningRate: 0.01,
};
const adapters = ['tinylora', 'lora-xs', 'lora', 'full', 'none'];
const graders = [{ name: 'exact' }, { name: 'regex', pattern: '(?<answer>x)' }];
const configs = adapters.flatMap((kind) =>
  graders.flatMap((grader) =>
    ['chat', 'plain'].map((prompt) =>
      RunConfig.parse({ ...required, adapter: { kind }, grader, prompt: { kind: prompt } }),
    ),
  ),
);

function at(config: Tree, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Tree | undefined)?.[key], config);
}

describe('setting fields', () => {
  it('say that a chat prompt is the default', () => {
    expect(SETTING_FIELDS.find(({ path }) => path === 'prompt.kind')?.default).toBe('chat');
  });

  it('are exactly the settings of a configuration, for every adapter, grader and prompt', () => {
    for (const config of configs) {
      const fields = settingFieldsFor((path) => at(config, path)).map(({ path }) => path);
      expect([...fields].sort()).toEqual(leaves(config).sort());
    }
  });

  it('have the defaults that a configuration gets', () => {
    for (const config of configs) {
      for (const field of settingFieldsFor((path) => at(config, path))) {
        // What was chosen above is no default.
        if (field.default === undefined || field.path === 'prompt.kind') continue;
        expect(field.default, field.path).toEqual(at(config, field.path));
      }
    }
  });

  it('have bounds that the schema enforces', () => {
    const config = configs[0] as Tree;
    const bounded = SETTING_FIELDS.filter(({ minimum, when }) => minimum !== null && when === null);
    expect(bounded.length).toBeGreaterThan(10);
    for (const { path, minimum, exclusive } of bounded) {
      const below = (minimum ?? 0) - (exclusive ? 0 : 1);
      const changed = JSON.parse(JSON.stringify(config)) as Tree;
      const keys = path.split('.');
      const last = keys.pop() ?? '';
      ((at(changed, keys.join('.')) as Tree | undefined) ?? changed)[last] = below;
      expect(RunConfig.safeParse(changed).success, `${path} ${below}`).toBe(false);
    }
  });

  it('have a source each, and no source is left over', () => {
    expect([...SETTING_SOURCES.keys()].sort()).toEqual([...new Set(SETTING_FIELDS.map(({ path }) => path))].sort());
  });
});
