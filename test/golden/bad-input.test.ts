// Bad input through the command line itself: one sentence that names file, line or key, exit code 2, nothing written.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adapterOf } from '../../main/engine/tools/adapter-fixtures.ts';
import { writeAdapterFile } from '../../main/engine/tools/stored-adapter.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MODEL = join(ROOT, 'resources', 'models', 'chain.gguf');
const RECIPE = join(ROOT, 'resources', 'recipes', 'demo.yaml');
/** As many bytes as F32, so that the file stays whole but for its type. */
const TYPE_I32 = 26;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-input-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Exits with 2, prints one sentence that matches, and leaves the folder as it was. */
async function expectRefusal(args: string[], message: RegExp): Promise<void> {
  const before = await readdir(folder);
  const entry = join(ROOT, 'main', 'cli', 'tinylora.mjs');
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, TINYLORA_HOME: join(folder, 'home') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise((done) => child.once('close', done));
  expect(stderr).toMatch(message);
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 });
  expect((await readdir(folder)).filter((name) => name !== 'home')).toEqual(before.filter((name) => name !== 'home'));
}

/** The built-in model with some bytes changed. */
async function damagedModel(name: string, damage: (bytes: Buffer) => void): Promise<string> {
  const bytes = await readFile(MODEL);
  damage(bytes);
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

function after(bytes: Buffer, text: string): number {
  const position = bytes.indexOf(text);
  if (position < 0) throw new Error(`The model has no ${text}.`);
  return position + text.length;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

function evaluation(data: string): string[] {
  return ['eval', '--model', MODEL, '--data', data, '--grader', 'last-number', '--plain', '--max-tokens', '8'];
}

test('an architecture that is not supported', async () => {
  // Behind the key: its type (4 bytes), the length of the text (8 bytes), the text.
  const path = await damagedModel('gemma.gguf', (bytes) =>
    bytes.write('gemma', after(bytes, 'general.architecture') + 12),
  );
  await expectRefusal(['inspect', path], /gemma\.gguf: architecture "gemma" is not supported/);
});

test('a tensor type that is not supported', async () => {
  // Behind the name: the number of dimensions (4 bytes), two of them (8 bytes each), the type.
  const path = await damagedModel('i32.gguf', (bytes) =>
    bytes.writeUInt32LE(TYPE_I32, after(bytes, 'blk.0.attn_q.weight') + 20),
  );
  await expectRefusal(['inspect', path], /i32\.gguf: tensor blk\.0\.attn_q\.weight has type i32/);
});

test('weights that are not finite', async () => {
  const path = await damagedModel('nan.gguf', (bytes) => bytes.writeFloatLE(NaN, bytes.length - 4096));
  await expectRefusal(['inspect', path], /nan\.gguf: tensor \S+ holds values that are not finite/);
});

test('a model file that is cut off', async () => {
  const path = await file('cut.gguf', '');
  await writeFile(path, (await readFile(MODEL)).subarray(0, 100_000));
  await expectRefusal(['inspect', path], /cut\.gguf is truncated/);
});

test('a data file with a broken line', async () => {
  const data = await file('broken.jsonl', '{"question":"1+1","answer":"2"}\n{"question":"1+1"\n');
  await expectRefusal(evaluation(data), /broken\.jsonl:2/);
});

test('a prompt longer than the context', async () => {
  const data = await file('long.jsonl', `${JSON.stringify({ question: '1+'.repeat(200), answer: '2' })}\n`);
  await expectRefusal(evaluation(data), /long\.jsonl:1.*prompt has \d+ tokens/);
});

test('an unknown key in a recipe', async () => {
  const text = (await readFile(RECIPE, 'utf8')).replace('  steps: 60', '  stepz: 60');
  const path = await file('unknown.yaml', text);
  await expectRefusal(['sweep', 'plan', path], /unknown\.yaml:\d+: `base\.stepz` is not a known setting/);
});

test('a rank larger than the layer', async () => {
  await expectRefusal(['inspect', MODEL, '--adapter', 'tinylora', '--rank', '129'], /rank 129/i);
});

test('an adapter without a number to train', async () => {
  const recipe = await file('none.yaml', (await readFile(RECIPE, 'utf8')).replace('u: 4', 'u: 0'));
  await expectRefusal(['sweep', 'plan', recipe], /none\.yaml:\d+: `cells\[4\]\.adapter\.u`/);
  const input = await file('tokens.jsonl', '{"tokens":[1,2],"weights":[0,1]}\n');
  await expectRefusal(['grad', '--model', MODEL, '--adapter', 'none', '--input', input], /trains no number/);
});

test('an adapter of another model', async () => {
  const path = join(folder, 'foreign.safetensors');
  await writeAdapterFile(
    path,
    adapterOf({ kind: 'lora-xs', rank: 2, targets: [] }, (index) => index),
  );
  const input = await file('score.jsonl', '{"tokens":[1,2]}\n');
  await expectRefusal(['score', '--model', MODEL, '--adapter', path, '--input', input], /abababababab.*6776882499/);
});
