// Checks a gradient by central finite differences with Richardson extrapolation. Tool process.
import type { GradCheck } from '../../../contracts/tool-protocol.ts';
import type { SequenceGroup, Session } from '../../../native/binding/index.d.ts';
import { weightedLoss } from './token-lines.ts';
import type { ToolContext } from './tool-context.ts';

export interface GradCheckOptions {
  temperature: number;
  /** Else 8 random directions and 64 coordinates. */
  everyCoordinate: boolean;
  nameOf: (index: number) => string;
}

const DIRECTIONS = 8;
const COORDINATES = 64;
const SEED = 20260201;
/** Steps h, h/2, …: large ones keep float32's noise small, extrapolation removes their truncation error. */
const LEVELS = 5;
const NEARBY_STEPS = [1, 0.96, 0.92, 0.88, 0.84];
const FIRST_STEP = 0.2;
/** Errors are relative to max(|g_i|, FLOOR · ‖g‖∞). */
const FLOOR = 0.01;

/**
 * Compares the gradient of the summed loss of all groups with extrapolated differences of the loss.
 * The session's parameters are put back.
 */
export async function checkGradient(
  session: Pick<Session, 'params' | 'setParams' | 'pass' | 'zeroGrad' | 'gradient'>,
  groups: SequenceGroup[],
  options: GradCheckOptions,
  context: ToolContext,
): Promise<GradCheck> {
  const start = session.params();
  session.zeroGrad();
  await session.pass(groups, { temperature: options.temperature, backward: true });
  const gradient = session.gradient();
  const loss = async (params: Float32Array): Promise<number> => {
    await session.setParams(params);
    const result = await session.pass(groups, { temperature: options.temperature, backward: false });
    return groups.reduce((sum, { prefix, prefixWeights }, i) => {
      const group = result.groups[i];
      return group && prefixWeights ? sum + weightedLoss({ tokens: prefix, weights: prefixWeights }, group) : sum;
    }, 0);
  };
  try {
    const scale = options.everyCoordinate ? FIRST_STEP : FIRST_STEP * Math.max(rootMeanSquare(start), 0.05);
    const directions = options.everyCoordinate ? null : await checkDirections(start, gradient, loss, scale, context);
    return { coordinates: await checkCoordinates(start, gradient, loss, scale, options, context), directions };
  } finally {
    await session.setParams(start);
  }
}

type Loss = (params: Float32Array) => Promise<number>;

async function checkCoordinates(
  start: Float32Array,
  gradient: Float64Array,
  loss: Loss,
  scale: number,
  { everyCoordinate, nameOf }: GradCheckOptions,
  context: ToolContext,
): Promise<GradCheck['coordinates']> {
  const random = randomBits(SEED);
  const indices = everyCoordinate
    ? Array.from(gradient.keys())
    : Array.from({ length: Math.min(COORDINATES, gradient.length) }, () => random() % gradient.length);
  const floor = FLOOR * gradient.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  // A single number among many hardly moves the loss: LoRA and full need a larger step for it than a direction does.
  const step = everyCoordinate ? scale : scale * 5;
  let worst = { error: -1, index: 0 };
  for (const [done, index] of indices.entries()) {
    context.progress('checking coordinates', done, indices.length);
    const difference = await extrapolate(async (h) => {
      const plus = start.slice();
      const minus = start.slice();
      plus[index] = (start[index] as number) + h;
      minus[index] = (start[index] as number) - h;
      // float32 rounds the step: divide by the one that was taken.
      return ((await loss(plus)) - (await loss(minus))) / (plus[index] - minus[index]);
    }, step);
    const expected = gradient[index] as number;
    const error = relativeError(expected, difference, floor);
    if (error > worst.error) worst = { error, index };
  }
  return { checked: indices.length, worstError: Math.max(worst.error, 0), worstParameter: nameOf(worst.index) };
}

/** Directions of random signs: every number moves by ±h. */
async function checkDirections(
  start: Float32Array,
  gradient: Float64Array,
  loss: Loss,
  scale: number,
  context: ToolContext,
): Promise<NonNullable<GradCheck['directions']>> {
  const pairs: { expected: number; difference: number }[] = [];
  // Moving every number at once bends the loss soon: begin where it changes by about one.
  const step = Math.min(scale / 4, 1 / Math.max(norm(gradient), Number.MIN_VALUE));
  for (let direction = 0; direction < DIRECTIONS; ++direction) {
    context.progress('checking directions', direction, DIRECTIONS);
    const random = randomBits(SEED + 1 + direction);
    const signs = Int8Array.from(start, () => (random() & 0x10000 ? 1 : -1));
    const at = (h: number): Float32Array => start.map((value, i) => value + h * (signs[i] as number));
    const difference = await extrapolate(async (h) => ((await loss(at(h))) - (await loss(at(-h)))) / (2 * h), step);
    pairs.push({ expected: gradient.reduce((sum, value, i) => sum + value * (signs[i] as number), 0), difference });
  }
  const floor = FLOOR * Math.max(...pairs.map(({ expected }) => Math.abs(expected)));
  const errors = pairs.map(({ expected, difference }) => relativeError(expected, difference, floor));
  return { checked: DIRECTIONS, worstError: Math.max(...errors) };
}

function relativeError(expected: number, difference: number, floor: number): number {
  const size = Math.max(Math.abs(expected), floor);
  // Where the whole gradient is zero, so must the difference be.
  return size === 0 ? Math.abs(difference) : Math.abs(expected - difference) / size;
}

/**
 * Ridders' method: Richardson extrapolation over halved steps. Of the three entries of the table whose neighbours agree
 * best the median is taken, since one may agree by accident; the gradient that it is compared with plays no part.
 * Each difference is a mean over slightly different steps: its error is still a series in h², and the loss' rounding
 * errors, which are independent, shrink.
 */
export async function extrapolate(difference: (h: number) => Promise<number>, firstStep: number): Promise<number> {
  const averaged = async (h: number): Promise<number> => {
    let sum = 0;
    for (const factor of NEARBY_STEPS) sum += await difference(factor * h);
    return sum / NEARBY_STEPS.length;
  };
  let previous: number[] = [];
  const candidates: { value: number; error: number }[] = [];
  for (let level = 0; level < LEVELS; ++level) {
    const row = [await averaged(firstStep / 2 ** level)];
    for (let order = 1; order <= level; ++order) {
      const finer = row[order - 1] as number;
      const coarser = previous[order - 1] as number;
      const value = finer + (finer - coarser) / (4 ** order - 1);
      row.push(value);
      candidates.push({ value, error: Math.max(Math.abs(value - finer), Math.abs(value - coarser)) });
    }
    previous = row;
  }
  const best = candidates.sort((left, right) => left.error - right.error).slice(0, 3);
  return best.map(({ value }) => value).sort((left, right) => left - right)[1] ?? NaN;
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(values.length, 1));
}

/** mulberry32: 32 random bits a call, the same on every machine. */
function randomBits(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
