// A grid axis by rule instead of by list, and the values it stands for: form, YAML and command line agree by this. Pure.
import { z } from 'zod';
import { SeededRandom } from './seeded-random.ts';

/** Sampled or generated lists stay below this, so that a slip of the hand makes no million cells. */
const MAXIMUM_AXIS_VALUES = 1000;
/** Digits of generated values: a log range reads 0.00316, as a person would write it. */
const LOG_DIGITS = 3;
/** Enough to hide the rounding of repeated addition: 0.1 + 0.2 is 0.3. */
const RANGE_DIGITS = 12;

const count = z.int().min(2).max(MAXIMUM_AXIS_VALUES);
const ordered = { message: 'must not be below `from`', path: ['to'] };

/** From `from` to `to` in steps of `step`; `to` is reached only where a step falls on it. */
const RangeAxis = z
  .strictObject({ from: z.number(), to: z.number(), step: z.number().positive() })
  .refine(({ from, to }) => to >= from, ordered)
  .refine(({ from, to, step }) => (to - from) / step < MAXIMUM_AXIS_VALUES, {
    message: `would make more than ${MAXIMUM_AXIS_VALUES} values; choose a larger step`,
    path: ['step'],
  });

/** `count` values from `from` to `to`, both included, whose neighbours have the same ratio. */
const LogRangeAxis = z
  .strictObject({ from: z.number().positive(), to: z.number().positive(), count, integer: z.boolean().default(false) })
  .refine(({ from, to }) => to >= from, ordered);

/** `count` different values drawn from an interval; the same seed gives the same values. */
const RandomAxis = z
  .strictObject({
    from: z.number(),
    to: z.number(),
    count: z.int().min(1).max(MAXIMUM_AXIS_VALUES),
    scale: z.enum(['linear', 'log']).default('linear'),
    integer: z.boolean().default(false),
    seed: z.int().min(0).default(0),
  })
  .refine(({ from, to }) => to >= from, ordered)
  .refine(({ from, scale }) => scale === 'linear' || from > 0, {
    message: 'must be above 0 on a log scale',
    path: ['from'],
  })
  .refine(({ from, to, count: wanted, integer }) => !integer || Math.floor(to) - Math.ceil(from) + 1 >= wanted, {
    message: 'is more than there are whole numbers in the interval',
    path: ['count'],
  });

/** `count` different entries of a list, in the list's order. */
const ChoiceAxis = z
  .strictObject({
    of: z.array(z.unknown()).min(1).max(MAXIMUM_AXIS_VALUES),
    count: z.int().min(1),
    seed: z.int().min(0).default(0),
  })
  .refine(({ of, count: wanted }) => wanted <= of.length, { message: 'is more than the list has', path: ['count'] });

/** What a recipe's grid may say in place of a list. */
export const AxisRule = z.union([
  z.strictObject({ range: RangeAxis }),
  z.strictObject({ logRange: LogRangeAxis }),
  z.strictObject({ random: RandomAxis }),
  z.strictObject({ choice: ChoiceAxis }),
]);
export type AxisRule = z.infer<typeof AxisRule>;

/** A grid axis: its values, or the rule that makes them. */
export const GridAxis = z.union([z.array(z.unknown()).min(1), AxisRule]);
export type GridAxis = z.infer<typeof GridAxis>;

/** The axis' values, in ascending order for rules over numbers; equal values are kept once. */
export function axisValues(axis: GridAxis): unknown[] {
  if (Array.isArray(axis)) return axis;
  if ('range' in axis) return rangeValues(axis.range);
  if ('logRange' in axis) return logRangeValues(axis.logRange);
  if ('random' in axis) return randomValues(axis.random);
  return chosenValues(axis.choice);
}

function rangeValues({ from, to, step }: z.infer<typeof RangeAxis>): number[] {
  const steps = Math.floor(Number(((to - from) / step).toPrecision(RANGE_DIGITS)));
  return Array.from({ length: steps + 1 }, (_, index) => rounded(from + index * step, RANGE_DIGITS));
}

function logRangeValues({ from, to, count: wanted, integer }: z.infer<typeof LogRangeAxis>): number[] {
  const values = Array.from({ length: wanted }, (_, index) => {
    // The ends exactly as they were given.
    if (index === 0) return from;
    if (index === wanted - 1) return to;
    return rounded(from * (to / from) ** (index / (wanted - 1)), LOG_DIGITS);
  });
  return distinct(integer ? values.map(Math.round) : values);
}

function randomValues({ from, to, count: wanted, scale, integer, seed }: z.infer<typeof RandomAxis>): number[] {
  const random = new SeededRandom(seed);
  const [low, high] = integer ? [Math.ceil(from), Math.floor(to)] : [from, to];
  const draw = (): number => {
    const share = random.uniform();
    if (integer && scale === 'linear') return low + Math.floor(share * (high - low + 1));
    const value = scale === 'log' ? low * (high / low) ** share : low + share * (high - low);
    return integer ? Math.min(high, Math.round(value)) : rounded(value, LOG_DIGITS);
  };
  const values = new Set<number>();
  // A narrow interval has few values of three digits: then fewer come out than were asked for.
  for (let draws = 0; values.size < wanted && draws < MAXIMUM_AXIS_VALUES * 100; draws++) values.add(draw());
  return [...values].sort((left, right) => left - right);
}

/** Selection sampling (Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2 S): uniform, in order. */
function chosenValues({ of, count: wanted, seed }: z.infer<typeof ChoiceAxis>): unknown[] {
  const random = new SeededRandom(seed);
  const chosen: unknown[] = [];
  for (const [index, value] of of.entries()) {
    if ((of.length - index) * random.uniform() < wanted - chosen.length) chosen.push(value);
  }
  return chosen;
}

function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)];
}
