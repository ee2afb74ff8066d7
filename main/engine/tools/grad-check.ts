// Checks a gradient by central finite differences, extrapolated to step 0. Tool process.
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
const FIRST_STEP = 0.5;
/** Of a step to the one before it. */
const STEP_RATIO = 0.88;
const STEPS = 40;
/** Steps fitted together, from h down to about h/9. */
const WINDOW = 18;
/** Odd powers of h in a fit. */
const TERMS = 4;
/** Smaller steps are in vain once a fit is this much less certain than the best. */
const HOPELESS = 2;
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
      // float32 rounds the step: the one that was taken counts.
      return { h: (plus[index] - minus[index]) / 2, rise: ((await loss(plus)) - (await loss(minus))) / 2 };
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
  // Moving every number at once bends the loss soon: begin where it changes by a few nats.
  const step = Math.min(scale, 3 / Math.max(norm(gradient), Number.MIN_VALUE));
  for (let direction = 0; direction < DIRECTIONS; ++direction) {
    context.progress('checking directions', direction, DIRECTIONS);
    const random = randomBits(SEED + 1 + direction);
    const signs = Int8Array.from(start, () => (random() & 0x10000 ? 1 : -1));
    const at = (h: number): Float32Array => start.map((value, i) => value + h * (signs[i] as number));
    const rise = async (h: number): Promise<number> => ((await loss(at(h))) - (await loss(at(-h)))) / 2;
    const difference = await extrapolate(async (h) => ({ h, rise: await rise(h) }), step);
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

interface Rise {
  h: number;
  /** Half of f(h) − f(−h): a series in the odd powers of h, whose first coefficient is the slope. */
  rise: number;
}

/**
 * Slope at step 0. Windows of neighbouring steps are fitted from the largest steps down; the fit that is most certain by
 * its own residuals wins: large steps leave what the polynomial cannot follow, small ones drown in the rounding of a
 * float32 loss. Where the best lies differs more than tenfold between numbers. The gradient that the slope is
 * compared with plays no part.
 */
export async function extrapolate(riseAt: (h: number) => Promise<Rise>, firstStep: number): Promise<number> {
  const rises: Rise[] = [];
  let best = { slope: NaN, error: Infinity };
  for (let index = 0; index < STEPS; ++index) {
    rises.push(await riseAt(firstStep * STEP_RATIO ** index));
    if (rises.length < WINDOW) continue;
    const fit = fitSlope(rises.slice(-WINDOW));
    if (fit.error < best.error) best = fit;
    if (fit.error > HOPELESS * best.error) break;
  }
  if (Number.isNaN(best.slope))
    throw new Error('The gradient cannot be checked: the loss nearby is not a finite number.');
  return best.slope;
}

/** Least squares by an odd polynomial. @returns its slope at 0 with the slope's standard error */
function fitSlope(rises: readonly Rise[]): { slope: number; error: number } {
  const scale = rises[0]?.h ?? NaN;
  const units: number[][] = [];
  let rest = rises.map(({ rise }) => rise);
  let length = 0;
  let slope = 0;
  // Each power is made orthogonal to those before it; h itself comes last, so that its coefficient is the slope.
  for (let power = 2 * TERMS - 1; power > 0; power -= 2) {
    const column = units.reduce(
      withoutPart,
      rises.map(({ h }) => (h / scale) ** power),
    );
    length = norm(column);
    const unit = column.map((value) => value / length);
    slope = dot(rest, unit) / length;
    rest = withoutPart(rest, unit);
    units.push(unit);
  }
  return { slope: slope / scale, error: norm(rest) / Math.sqrt(rises.length - TERMS) / (length * scale) };
}

function withoutPart(values: number[], unit: readonly number[]): number[] {
  const part = dot(values, unit);
  return values.map((value, i) => value - part * (unit[i] as number));
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, i) => sum + value * (right[i] as number), 0);
}

function norm(values: Iterable<number>): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
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
