// The golden data through the tools themselves: `score`, `grad` and `step`, in exact and native numerics.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GradLine, ToolSession } from '../../contracts/tool-protocol.ts';
import { grad } from '../../main/engine/tools/grad.ts';
import { readSafetensors } from '../../main/engine/tools/safetensors.ts';
import { score } from '../../main/engine/tools/score.ts';
import { step } from '../../main/engine/tools/step-file.ts';
import type { ToolContext } from '../../main/engine/tools/tool-context.ts';
import {
  compare,
  GOLDEN_FOLDER,
  readGradLines,
  readManifest,
  readScoreLines,
  relativeError,
} from '../../test/golden/golden-data.ts';
import type { GoldenCase, GoldenGradLine, GoldenManifest, Tolerance } from '../../test/golden/golden-data.ts';
import type { Claim } from './report.ts';
import { Quantities, reported, skipped } from './report.ts';

type Numerics = ToolSession['numerics'];
export const SILENT: ToolContext = { progress: () => undefined, warn: () => undefined };
const STEP_ADVANTAGE_BOUND = 1e-6;

type Device = ToolSession['device'];

export function goldenSession(name: string, scratch: string, numerics: Numerics, device: Device = 'cpu'): ToolSession {
  const modelPath = join(GOLDEN_FOLDER, name, 'model.gguf');
  return { modelPath, cacheFolder: join(scratch, 'cache'), device, threads: 0, numerics };
}

export async function proveGolden(scratch: string): Promise<Claim[]> {
  const exact = await proveGoldenIn(scratch, 'exact', 'cpu');
  const native = await proveGoldenIn(scratch, 'native', 'cpu');
  const waiting = readManifest().cases.flatMap(({ adapters }) => adapters.filter(({ type }) => type === 'vera'));
  return [...exact, ...native, skipped(`grad: ${waiting.length} VeRA adapters`, 'VeRA is not built yet')];
}

/** One claim for each weight type, over all cases of it, and one for the steps. */
export async function proveGoldenIn(scratch: string, numerics: Numerics, device: Device): Promise<Claim[]> {
  const manifest = readManifest();
  const claims: Claim[] = [];
  const where = device === 'gpu' ? `GPU, ${numerics}` : numerics;
  for (const type of new Set(manifest.cases.map((model) => model.type))) {
    const models = manifest.cases.filter((model) => model.type === type);
    const bounds = toleranceOf(manifest, type, numerics, device);
    const scores = new Quantities();
    const gradients = new Quantities();
    let count = 0;
    for (const model of models) {
      const session = goldenSession(model.name, scratch, numerics, device);
      await measureScore(model, session, bounds, scores);
      count += await measureGradients(model, session, scratch, bounds, gradients);
    }
    claims.push(scores.claim(`score, ${where}, ${type}, models: ${models.length}`));
    claims.push(gradients.claim(`grad, ${where}, ${type}, adapters: ${count}`));
  }
  claims.push(await proveSteps(manifest, scratch, numerics, device));
  return claims;
}

/** Native kernels of F32 weights are exact on the CPU; a GPU rounds both operands to TF32, held here to BF16's tolerance. */
function toleranceOf({ tolerances }: GoldenManifest, type: string, numerics: Numerics, device: Device): Tolerance {
  const isExact = numerics === 'exact' || (type === 'F32' && device === 'cpu');
  const found = isExact ? tolerances.exact : tolerances.native[type === 'F32' ? 'BF16' : type];
  if (!found) throw new Error(`The manifest has no native tolerance for ${type}.`);
  return found;
}

async function measureScore(
  model: GoldenCase,
  session: ToolSession,
  bounds: Tolerance,
  into: Quantities,
): Promise<void> {
  const inputPath = join(GOLDEN_FOLDER, model.name, 'score.jsonl');
  const expected = readScoreLines(inputPath);
  const { lines } = await score({ session, adapter: 'none', inputPath, temperature: 1 }, SILENT);
  noteLogprobs(
    lines.map(({ logprobs }) => logprobs),
    expected.map(({ logprobs }) => logprobs),
    bounds,
    into,
    model.name,
  );
  for (const [index, { entropy }] of expected.entries()) {
    into.note('entropy', compare(lines[index]?.entropy ?? [], entropy).max, bounds.entropy, model.name);
  }
}

function noteLogprobs(
  actual: (number | null)[][],
  expected: (number | null)[][],
  bounds: Tolerance,
  into: Quantities,
  where: string,
): void {
  const differences = expected.map((list, index) => compare(actual[index] ?? [], list));
  const count = differences.reduce((sum, difference) => sum + difference.count, 0);
  const squares = differences.reduce((sum, difference) => sum + difference.squares, 0);
  into.note('log-prob', Math.max(...differences.map(({ max }) => max)), bounds.logprob, where);
  into.note('RMS', Math.sqrt(squares / count), bounds.logprob_rms, where);
}

/** @returns how many adapters were compared */
async function measureGradients(
  model: GoldenCase,
  session: ToolSession,
  scratch: string,
  bounds: Tolerance,
  into: Quantities,
): Promise<number> {
  const folder = join(GOLDEN_FOLDER, model.name);
  const names = model.adapters.filter(({ type }) => type !== 'vera').map(({ name }) => name);
  for (const name of names) {
    const inputPath = join(folder, `${name}.grad.jsonl`);
    const references = readGradLines(inputPath);
    const args = { session, adapter: join(folder, name), inputPath, temperature: 1, check: false };
    const { lines } = await grad(args, SILENT);
    const where = `${model.name}/${name}`;
    noteLines(lines, references, bounds, into, where);
    for (const [index, reference] of references.entries()) {
      const line = lines[index];
      const expected = line ? await expectedGradient(folder, line, reference) : [];
      into.note('gradient', relativeError(line?.grad ?? [], expected), bounds.grad, where);
    }
  }
  if (!model.full) return names.length;
  const inputPath = join(folder, 'full.grad.jsonl');
  const outPath = join(scratch, 'full.safetensors');
  const { lines } = await grad({ session, adapter: 'full', inputPath, temperature: 1, check: false, outPath }, SILENT);
  noteLines(lines, readGradLines(inputPath), bounds, into, `${model.name}/full`);
  const expected = (await readSafetensors(join(folder, 'full.grad.safetensors'))).tensors;
  const actual = (await readSafetensors(outPath)).tensors;
  const flat = (tensors: typeof actual): number[] =>
    [...expected.keys()].flatMap((name) => [...(tensors.get(name)?.data ?? [NaN])]);
  into.note('gradient', relativeError(flat(actual), flat(expected)), bounds.grad, `${model.name}/full`);
  return names.length + 1;
}

function noteLines(
  lines: GradLine[],
  references: GoldenGradLine[],
  bounds: Tolerance,
  into: Quantities,
  where: string,
): void {
  noteLogprobs(
    lines.map(({ logprobs }) => logprobs),
    references.map(({ scored }) => scored),
    bounds,
    into,
    where,
  );
  for (const [index, { loss, weights }] of references.entries()) {
    const weight = weights.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
    into.note('loss per weight', Math.abs((lines[index]?.loss ?? NaN) - loss) / weight, bounds.logprob, where);
  }
}

/** The golden gradient of a line as one list, in the order that the tool names. */
async function expectedGradient(folder: string, line: GradLine, reference: GoldenGradLine): Promise<number[]> {
  if (reference.grad) return line.params.flatMap((name) => reference.grad?.[name] ?? [NaN]);
  const { tensors } = await readSafetensors(join(folder, reference.grad_file ?? ''));
  return line.params.flatMap((name) => [...(tensors.get(`${reference.grad_prefix ?? ''}${name}`)?.data ?? [NaN])]);
}

interface ExpectedSteps {
  advantages?: number[][];
  steps: { loss: number; grad: Record<string, number[]>; v_after: Record<string, number[]> }[];
}

async function proveSteps(
  { cases, tolerances }: GoldenManifest,
  scratch: string,
  numerics: Numerics,
  device: Device,
): Promise<Claim> {
  const quantities = new Quantities();
  let count = 0;
  for (const { name } of cases.filter(({ steps }) => steps.length > 0)) {
    const folder = join(GOLDEN_FOLDER, name, 'steps');
    for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.json'))) {
      const inputPath = join(folder, file);
      const reference = JSON.parse(readFileSync(inputPath, 'utf8')) as {
        adapter: string;
        config: { lr: number };
        expected: ExpectedSteps;
      };
      const session = goldenSession(name, scratch, numerics, device);
      const actual = await step({ session, adapter: join(folder, reference.adapter), inputPath }, SILENT);
      const where = `${name}/${file}`;
      noteSteps(actual as ExpectedSteps, reference.expected, reference.config.lr, tolerances.exact, quantities, where);
      count += 1;
    }
  }
  const where = device === 'gpu' ? `GPU, ${numerics}` : numerics;
  const claim = quantities.claim(`step, ${where}, F32: ${count} batches`);
  // The golden steps have exact tolerances only; TF32 is what it is.
  return device === 'gpu' && numerics === 'native' ? reported(claim.claim, claim.measured) : claim;
}

function noteSteps(
  actual: ExpectedSteps,
  expected: ExpectedSteps,
  learningRate: number,
  bounds: GoldenManifest['tolerances']['exact'],
  into: Quantities,
  where: string,
): void {
  if (expected.advantages) {
    const { max } = compare(actual.advantages?.flat() ?? [], expected.advantages.flat());
    into.note('advantage', max, STEP_ADVANTAGE_BOUND, where);
  }
  for (const [index, { loss, grad: gradient, v_after }] of expected.steps.entries()) {
    const got = actual.steps[index];
    const names = Object.keys(gradient);
    const list = (record: Record<string, number[]> | undefined): number[] =>
      names.flatMap((name) => record?.[name] ?? [NaN]);
    into.note('loss', Math.abs((got?.loss ?? NaN) - loss), bounds.step_loss, where);
    into.note('gradient', relativeError(list(got?.grad), list(gradient)), bounds.grad, where);
    into.note('v/lr', compare(list(got?.v_after), list(v_after)).max / learningRate, bounds.v_after_per_lr, where);
  }
}
