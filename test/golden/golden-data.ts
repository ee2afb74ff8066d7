// Reads the golden data: cases, tolerances, references. Test code.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

export const GOLDEN_FOLDER = resolve(import.meta.dirname, '../../../shared/golden');
export const GOLDEN_MISSING = !existsSync(join(GOLDEN_FOLDER, 'manifest.json'));

const Tolerance = z.object({ logprob: z.number(), logprob_rms: z.number(), entropy: z.number(), grad: z.number() });
export type Tolerance = z.infer<typeof Tolerance>;
const Manifest = z.object({
  tolerances: z.object({
    exact: Tolerance.extend({ step_loss: z.number(), v_after_per_lr: z.number() }),
    native: z.record(z.string(), Tolerance),
  }),
  cases: z.array(
    z.object({
      name: z.string(),
      arch: z.string(),
      type: z.string(),
      adapters: z.array(
        z.object({ name: z.string(), type: z.enum(['tinylora', 'lora', 'vera']), xs: z.boolean().default(false) }),
      ),
      full: z.boolean().default(false),
      steps: z.array(z.string()).default([]),
    }),
  ),
});
export type GoldenManifest = z.infer<typeof Manifest>;
export type GoldenCase = GoldenManifest['cases'][number];

const numbers = z.array(z.number().nullable());
const ScoreLine = z.object({ logprobs: numbers, entropy: numbers });
const GradLine = z.object({
  weights: numbers,
  loss: z.number(),
  scored: numbers,
  grad: z.record(z.string(), z.array(z.number())).optional(),
  grad_file: z.string().optional(),
  grad_prefix: z.string().optional(),
});
export type GoldenGradLine = z.infer<typeof GradLine>;

export function readManifest(): GoldenManifest {
  return Manifest.parse(JSON.parse(readFileSync(join(GOLDEN_FOLDER, 'manifest.json'), 'utf8')));
}

export function readScoreLines(path: string): z.infer<typeof ScoreLine>[] {
  return readLines(path).map((line) => ScoreLine.parse(line));
}

export function readGradLines(path: string): GoldenGradLine[] {
  return readLines(path).map((line) => GradLine.parse(line));
}

function readLines(path: string): unknown[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): unknown => JSON.parse(line));
}

/** Largest and root mean square difference of two lists with nulls in the same places. */
export function compare(
  actual: (number | null)[],
  expected: (number | null)[],
): { max: number; squares: number; count: number } {
  if (actual.length !== expected.length)
    throw new Error(`Lists of ${actual.length} and ${expected.length} numbers cannot be compared.`);
  let max = 0;
  let squares = 0;
  let count = 0;
  for (const [index, value] of expected.entries()) {
    const other = actual[index] ?? null;
    if ((value === null) !== (other === null)) throw new Error(`Entry ${index} is null in one list only.`);
    if (value === null || other === null) continue;
    // NaN must not pass a comparison with a bound.
    const difference = Number.isNaN(other) ? Infinity : Math.abs(other - value);
    max = Math.max(max, difference);
    squares += difference ** 2;
    count += 1;
  }
  return { max, squares, count };
}

/** ‖actual − expected‖ / ‖expected‖; absolute where nothing is expected. */
export function relativeError(actual: Iterable<number>, expected: Iterable<number>): number {
  const values = [...actual];
  let difference = 0;
  let size = 0;
  let index = 0;
  for (const value of expected) {
    difference += ((values[index] ?? NaN) - value) ** 2;
    size += value ** 2;
    index += 1;
  }
  if (index !== values.length)
    throw new Error(`A gradient of ${values.length} numbers cannot be compared with one of ${index}.`);
  const error = size === 0 ? Math.sqrt(difference) : Math.sqrt(difference / size);
  return Number.isNaN(error) ? Infinity : error;
}
