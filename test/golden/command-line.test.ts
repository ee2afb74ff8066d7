// A few of each command through the command line itself: results, exit codes and messages.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare, GOLDEN_FOLDER, GOLDEN_MISSING, readGradLines, readManifest, readScoreLines } from './golden-data.ts';

const ENTRY = resolve(import.meta.dirname, '../../main/cli/tinylora.mjs');
const model = join(GOLDEN_FOLDER, 'llama-tied', 'model.gguf');
const golden = (...path: string[]): string => join(GOLDEN_FOLDER, 'llama-tied', ...path);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-line-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function tinylora(args: string[], input = ''): Promise<Outcome> {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env: { ...process.env, TINYLORA_HOME: join(folder, 'home') },
  });
  const outcome: Outcome = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
  child.stdin.end(input);
  return new Promise((done) => child.once('close', (code) => done({ ...outcome, code })));
}

function jsonLines({ stdout }: Outcome): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('help names every command; an unknown one exits with 2', async () => {
  const help = await tinylora(['--help']);
  expect(help.code).toBe(0);
  const names = [
    'doctor',
    'inspect',
    'sweep',
    'run',
    'runs',
    'eval',
    'pareto',
    'score',
    'grad',
    'step',
    'grade',
    'adapter',
    'convert',
    'tasks',
  ];
  for (const name of names) expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  expect((await tinylora(['train'])).code).toBe(2);
  expect((await tinylora(['score', '--input', 'x'])).code).toBe(2);
});

test('grade reads standard input', async () => {
  const input = '{"pred":"so #### 1,234","gold":"1234"}\n{"pred":"#### 5","gold":"6"}\n';
  const outcome = await tinylora(['grade', '--grader', 'gsm8k-strict'], input);
  expect(jsonLines(outcome)).toEqual([{ equal: true }, { equal: false }]);
  const broken = await tinylora(['grade', '--grader', 'exact'], '{"pred":"a","gold":"a"}\n{"pred":\n');
  expect(broken.code).toBe(2);
  expect(broken.stderr).toMatch(/line 2 is not JSON/);
});

describe.skipIf(GOLDEN_MISSING)('with the golden data (skipped where ../shared/golden is missing)', () => {
  test('score and grad print what the golden data says', async () => {
    const { exact } = readManifest().tolerances;
    const scored = await tinylora(['score', '--model', model, '--input', golden('score.jsonl'), '--exact']);
    expect(scored.code).toBe(0);
    const lines = jsonLines(scored) as { logprobs: (number | null)[] }[];
    for (const [index, { logprobs }] of readScoreLines(golden('score.jsonl')).entries()) {
      expect(compare(lines[index]?.logprobs ?? [], logprobs).max).toBeLessThanOrEqual(exact.logprob);
    }
    const input = golden('tiny-untied.grad.jsonl');
    const graded = await tinylora([
      'grad',
      '--model',
      model,
      '--adapter',
      golden('tiny-untied'),
      '--input',
      input,
      '--exact',
      '--check',
    ]);
    const results = jsonLines(graded) as {
      grad?: number[];
      params?: string[];
      check?: { coordinates: { worstError: number } };
    }[];
    const [reference] = readGradLines(input);
    const names = results[0]?.params ?? [];
    expect(names[10]).toBe('base_model.tinylora_v.10');
    const expected = names.flatMap((name) => reference?.grad?.[name] ?? []);
    expect(compare(results[0]?.grad ?? [], expected).max).toBeLessThanOrEqual(exact.grad * Math.hypot(...expected));
    expect(results.at(-1)?.check?.coordinates.worstError).toBeLessThanOrEqual(1e-3);
  });

  test('step returns what its file expects', async () => {
    const path = golden('steps', 'grpo-kl.json');
    const outcome = await tinylora([
      'step',
      '--model',
      model,
      '--adapter',
      golden('steps', 'adapter'),
      '--input',
      path,
      '--exact',
    ]);
    expect(outcome.code).toBe(0);
    const { expected } = JSON.parse(await readFile(path, 'utf8')) as { expected: { advantages: number[][] } };
    const [actual] = jsonLines(outcome) as { advantages: number[][] }[];
    expect(compare(actual?.advantages.flat() ?? [], expected.advantages.flat()).max).toBeLessThanOrEqual(1e-6);
  });

  test('inspect counts and maps', async () => {
    const args = ['inspect', model, '--adapter', 'tinylora', '--u', '3', '--n-tie', '16', '--map', '--json'];
    const { stdout } = await tinylora(args);
    const { adapter } = JSON.parse(stdout) as { adapter: { trainableNumbers: number; groups: { group: number }[] } };
    expect(adapter.trainableNumbers).toBe(Math.ceil(21 / 16) * 3);
    expect(adapter.groups.map(({ group }) => group)).toEqual(Array.from({ length: 21 }, (_, i) => Math.floor(i / 16)));
    expect((await tinylora(['inspect', model, '--adapter', 'lora', '--u', '3'])).stderr).toMatch(
      /does not go with 'u'/,
    );
  });

  test('bad input exits with 2, names what is wrong, and leaves nothing half-written', async () => {
    const cut = join(folder, 'cut.gguf');
    await cp(model, cut);
    await truncate(cut, 100_000);
    const broken = join(folder, 'broken.jsonl');
    await writeFile(broken, '{"tokens":[1,2]}\n{"tokens":[1,999]}\n');
    const out = join(folder, 'no', 'such', 'folder.safetensors');
    const cases: [string[], RegExp][] = [
      [['score', '--model', cut, '--input', golden('score.jsonl')], /cut\.gguf/],
      [['score', '--model', join(folder, 'none.gguf'), '--input', golden('score.jsonl')], /none\.gguf does not exist/],
      [['score', '--model', model, '--input', broken], /broken\.jsonl, line 2: token 999 is not in the vocabulary/],
      [['inspect', model, '--adapter', 'tinylora', '--rank', '33'], /rank 33/i],
      [['grad', '--model', model, '--adapter', 'none', '--input', golden('full.grad.jsonl')], /needs an adapter/],
      [
        ['grad', '--model', model, '--adapter', 'full', '--input', golden('full.grad.jsonl'), '--out', out],
        /folder\.safetensors cannot be written/,
      ],
      [
        ['grad', '--model', model, '--adapter', golden('vera-r8'), '--input', golden('full.grad.jsonl')],
        /peft_type VERA/,
      ],
      [['adapter', 'import-peft', golden('steps'), '--model', model, '--out', out], /adapter_config\.json/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await tinylora(args);
      expect(stderr, args.join(' ')).toMatch(message);
      expect({ code, stdout, lines: stderr.trim().split('\n').length }, args.join(' ')).toEqual({
        code: 2,
        stdout: '',
        lines: 1,
      });
    }
    expect(existsSync(out)).toBe(false);
  });
});

describe('built-in tasks', () => {
  const builtIn = 'builtin:models/chain.gguf';

  test('are listed, and evaluated by name with their own settings', async () => {
    const listed = JSON.parse((await tinylora(['tasks', '--json'])).stdout) as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(['smallest', 'product']);
    const args = ['eval', '--model', builtIn, '--task', 'product', '--plain', '--n', '4', '--json'];
    const outcome = await tinylora(args);
    expect(outcome.stderr).toBe('');
    const { evaluations } = JSON.parse(outcome.stdout) as { evaluations: Record<string, unknown>[] };
    expect(evaluations.map(({ samples, problems }) => [samples, problems])).toEqual([
      [20, 4],
      [1, 4],
    ]);
    expect(evaluations[0]?.['clusters']).toHaveLength(4);
  });

  test('are refused under other names, as is an evaluation of nothing', async () => {
    const unknown = await tinylora(['eval', '--model', builtIn, '--task', 'sum']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/no built-in task sum; choose one of smallest, product/);
    const split = ['eval', '--model', builtIn, '--data', 'task:product/test', '--grader', 'exact'];
    expect((await tinylora(split)).stderr).toMatch(/task:product\/test names no part of the task product/);
    expect((await tinylora(['eval', '--model', builtIn])).stderr).toMatch(/Give --data and --grader, or --task alone/);
  });

  test('a model that is not in the data folder is named with the remedy', async () => {
    const outcome = await tinylora(['convert', 'models:none.gguf', '--type', 'f32', '--out', join(folder, 'x.gguf')]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/home\/models\/none\.gguf does not exist; put the model there\./);
  });
});
