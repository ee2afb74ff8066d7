// Linear and logarithmic axes as positions: a log axis is drawn over log10, so that its ticks can be any sizes. Pure;
// runs in the renderer.

/** Room that a tick's label needs along the axis, in times of the font's size: 32 px at 12 px. */
const TICK_ROOM_EM = 32 / 12;
/** Of a linear axis: numbers beside each other need more of it than numbers over each other. */
const LINEAR_ROOM_EM = { across: 1.6 * TICK_ROOM_EM, up: 0.75 * TICK_ROOM_EM } as const;
/** With more sizes than this the powers of ten read better than a choice of them. */
const MOST_PRESENT_TICKS = 12;
const PADDING_SHARE = 0.06;

export interface AxisScale {
  isLog: boolean;
  /** In positions: log10 of values on a log axis. */
  min: number;
  max: number;
  /** In positions. */
  ticks: readonly number[];
}

/** Where a value lies; NaN for what a log axis cannot show. */
export function toPosition(value: number, isLog: boolean): number {
  if (!isLog) return value;
  return value > 0 ? Math.log10(value) : NaN;
}

export function fromPosition(position: number, isLog: boolean): number {
  return isLog ? 10 ** position : position;
}

/**
 * An axis over `values` with room at both ends.
 * @param lengthPx of the axis, which decides how many ticks there are room for
 */
export function axisScale(
  values: readonly number[],
  isLog: boolean,
  lengthPx: number,
  fontSizePx: number,
  direction: keyof typeof LINEAR_ROOM_EM = 'across',
): AxisScale {
  const positions = values.map((value) => toPosition(value, isLog)).filter(Number.isFinite);
  if (positions.length === 0) return { isLog, min: 0, max: 1, ticks: [0, 1] };
  const low = positions.reduce((least, value) => Math.min(least, value));
  const high = positions.reduce((most, value) => Math.max(most, value));
  const range = high - low || (isLog ? 1 : Math.abs(high) || 1);
  const [min, max] = [low - PADDING_SHARE * range, high + PADDING_SHARE * range];
  if (!isLog) return { isLog, min, max, ticks: linearTicks(min, max, lengthPx, fontSizePx, direction) };
  const room = (TICK_ROOM_EM * fontSizePx * (max - min)) / Math.max(1, lengthPx);
  return { isLog, min, max, ticks: logTicks(positions, min, max, room) };
}

/** Sizes that are there, then powers of ten where room is left; many sizes: the powers first. */
function logTicks(present: readonly number[], min: number, max: number, room: number): number[] {
  const sizes = [...new Set(present)].sort((left, right) => left - right);
  const powers: number[] = [];
  for (let exponent = Math.ceil(min); exponent <= max; exponent++) powers.push(exponent);
  const wanted = sizes.length > MOST_PRESENT_TICKS ? [...powers, ...sizes] : [...sizes, ...powers];
  const ticks: number[] = [];
  for (const position of wanted) {
    if (ticks.every((tick) => Math.abs(tick - position) >= room)) ticks.push(position);
  }
  return ticks.sort((left, right) => left - right);
}

/** At 1, 2 or 5 times a power of ten, as many as there is room for. */
export function linearTicks(
  min: number,
  max: number,
  lengthPx: number,
  fontSizePx: number,
  direction: keyof typeof LINEAR_ROOM_EM = 'across',
): number[] {
  const most = Math.max(2, Math.floor(lengthPx / (LINEAR_ROOM_EM[direction] * fontSizePx)));
  const rough = (max - min) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  const ticks: number[] = [];
  for (let index = Math.ceil(min / step); index * step <= max; index++)
    ticks.push(Number((index * step).toPrecision(12)));
  return ticks;
}
