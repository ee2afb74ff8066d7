// `score` and `grad` against every golden case but VeRA's, in one process, in exact and native numerics.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GradLine, ToolSession } from '../../contracts/tool-protocol.ts';
import { grad } from '../../main/engine/tools/grad.ts';
import { readSafetensors } from '../../main/engine/tools/safetensors.ts';
import { score } from '../../main/engine/tools/score.ts';
import type { ToolContext } from '../../main/engine/tools/tool-context.ts';
import {
  compare,
  GOLDEN_FOLDER,
  GOLDEN_MISSING,
  readGradLines,
  readManifest,
  readScoreLines,
  relativeError,
} from './golden-data.ts';
import type { GoldenCase, GoldenGradLine, Tolerance } from './golden-data.ts';

const manifest = GOLDEN_MISSING ? null : readManifest();
const NUMERICS = ['exact', 'native'] as const;
type Numerics = (typeof NUMERICS)[number];
const context: ToolContext = { progress: () => undefined, warn: () => undefined };
let ran = 0;
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'golden-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true });
  process.stdout.write(`golden: ${ran} score and grad cases ran\n`);
  if (manifest && ran === 0) throw new Error('The golden data is there, but no case of it ran.');
});

function session(model: GoldenCase, numerics: Numerics): ToolSession {
  const modelPath = join(GOLDEN_FOLDER, model.name, 'model.gguf');
  return { modelPath, cacheFolder: join(scratch, 'cache'), device: 'cpu', threads: 2, numerics };
}

/** Native kernels of F32 weights are exact. */
function tolerance(model: GoldenCase, numerics: Numerics): Tolerance {
  if (!manifest) throw new Error('There is no golden data.');
  const { exact, native } = manifest.tolerances;
  if (numerics === 'exact' || model.type === 'F32') return exact;
  const found = native[model.type];
  if (!found) throw new Error(`No native tolerance for ${model.type}.`);
  return found;
}

function expectLogprobs(actual: (number | null)[][], expected: (number | null)[][], bounds: Tolerance): void {
  const differences = expected.map((list, index) => compare(actual[index] ?? [], list));
  const count = differences.reduce((sum, difference) => sum + difference.count, 0);
  expect(Math.max(...differences.map(({ max }) => max))).toBeLessThanOrEqual(bounds.logprob);
  expect(Math.sqrt(differences.reduce((sum, { squares }) => sum + squares, 0) / count)).toBeLessThanOrEqual(
    bounds.logprob_rms,
  );
}

function expectLoss(line: GradLine, reference: GoldenGradLine, bounds: Tolerance): void {
  const weight = reference.weights.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
  expect(Math.abs(line.loss - reference.loss)).toBeLessThanOrEqual(weight * bounds.logprob);
}

/** The golden gradient of a line as one list, in the order that the tool names. */
async function expectedGradient(folder: string, line: GradLine, reference: GoldenGradLine): Promise<number[]> {
  if (reference.grad) return line.params.flatMap((name) => reference.grad?.[name] ?? [NaN]);
  const { tensors } = await readSafetensors(join(folder, reference.grad_file ?? ''));
  return line.params.flatMap((name) => [...(tensors.get(`${reference.grad_prefix ?? ''}${name}`)?.data ?? [NaN])]);
}

const cases = (manifest?.cases ?? []).flatMap((model) => NUMERICS.map((numerics) => ({ model, numerics })));

describe.skipIf(GOLDEN_MISSING)('golden (skipped where ../shared/golden is missing)', () => {
  test.each(cases)('score $model.name, $numerics', async ({ model, numerics }) => {
    const inputPath = join(GOLDEN_FOLDER, model.name, 'score.jsonl');
    const expected = readScoreLines(inputPath);
    const { lines } = await score(
      { session: session(model, numerics), adapter: 'none', inputPath, temperature: 1 },
      context,
    );
    const bounds = tolerance(model, numerics);
    expectLogprobs(
      lines.map(({ logprobs }) => logprobs),
      expected.map(({ logprobs }) => logprobs),
      bounds,
    );
    const entropies = expected.map(({ entropy }, index) => compare(lines[index]?.entropy ?? [], entropy).max);
    expect(Math.max(...entropies)).toBeLessThanOrEqual(bounds.entropy);
    ran += 1;
  });

  const adapters = cases.flatMap(({ model, numerics }) =>
    model.adapters.filter(({ type }) => type !== 'vera').map(({ name }) => ({ model, numerics, name })),
  );
  test.each(adapters)('grad $model.name/$name, $numerics', async ({ model, numerics, name }) => {
    const folder = join(GOLDEN_FOLDER, model.name);
    const inputPath = join(folder, `${name}.grad.jsonl`);
    const expected = readGradLines(inputPath);
    const args = {
      session: session(model, numerics),
      adapter: join(folder, name),
      inputPath,
      temperature: 1,
      check: false,
    };
    const { lines } = await grad(args, context);
    const bounds = tolerance(model, numerics);
    expectLogprobs(
      lines.map(({ logprobs }) => logprobs),
      expected.map(({ scored }) => scored),
      bounds,
    );
    for (const [index, reference] of expected.entries()) {
      const line = lines[index];
      if (!line?.grad) throw new Error(`Line ${index} has no gradient.`);
      expectLoss(line, reference, bounds);
      expect(relativeError(line.grad, await expectedGradient(folder, line, reference))).toBeLessThanOrEqual(
        bounds.grad,
      );
    }
    ran += 1;
  });

  test.each(cases.filter(({ model }) => model.full))(
    'grad of every weight, $model.name, $numerics',
    async ({ model, numerics }) => {
      const folder = join(GOLDEN_FOLDER, model.name);
      const inputPath = join(folder, 'full.grad.jsonl');
      const [expected] = readGradLines(inputPath);
      const outPath = join(scratch, `${model.name}-${numerics}.safetensors`);
      const args = {
        session: session(model, numerics),
        adapter: 'full',
        inputPath,
        temperature: 1,
        check: false,
        outPath,
      };
      const [line] = (await grad(args, context)).lines;
      if (!line || !expected) throw new Error('There is no line to compare.');
      const bounds = tolerance(model, numerics);
      expectLogprobs([line.logprobs], [expected.scored], bounds);
      expectLoss(line, expected, bounds);
      const reference = (await readSafetensors(join(folder, 'full.grad.safetensors'))).tensors;
      const actual = (await readSafetensors(outPath)).tensors;
      expect([...actual.keys()].sort()).toEqual([...reference.keys()].sort());
      const names = [...reference.keys()];
      const flat = (tensors: typeof actual): number[] => names.flatMap((name) => [...(tensors.get(name)?.data ?? [])]);
      expect(relativeError(flat(actual), flat(reference))).toBeLessThanOrEqual(bounds.grad);
      for (const name of names) expect(actual.get(name)?.shape, name).toEqual(reference.get(name)?.shape);
      ran += 1;
    },
  );

  test('a temperature divides the logits: tempered log-probs follow from those of the whole vocabulary', async () => {
    const [first] = manifest?.cases ?? [];
    if (!first) throw new Error('The manifest names no case.');
    const inputPath = join(GOLDEN_FOLDER, first.name, 'score.jsonl');
    const at = (temperature: number) =>
      score({ session: session(first, 'exact'), adapter: 'none', inputPath, temperature }, context);
    const [cold, hot] = [(await at(0.5)).lines, (await at(50)).lines];
    const entropies = (lines: typeof cold): number[] =>
      lines.flatMap(({ entropy }) => entropy.filter((value) => value !== null));
    // Towards the uniform distribution over the vocabulary of 256, and towards certainty.
    expect(Math.min(...entropies(hot))).toBeGreaterThan(0.95 * Math.log(256));
    expect(entropies(cold).every((value, index) => value < (entropies(hot)[index] ?? 0))).toBe(true);
  });
});
