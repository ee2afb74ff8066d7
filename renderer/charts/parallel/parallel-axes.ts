// Axes of parallel coordinates: where each value lies between 0 and 1, what a brush keeps. Pure; runs in the renderer.
import type { SettingValue } from '../../../contracts/analysis.ts';
import { formatSetting } from '../../format.ts';
import { linearTicks } from '../axis-scale.ts';

/** A row without a value is drawn below the axis. */
export const MISSING_POSITION = -0.08;
const MOST_VALUE_TICKS = 8;
/** Room of a tick along the axis, as a share of its length. */
const TICK_SHARE = 0.075;

export interface AxisSource {
  /** Names it in addresses: a setting's path, or an objective's key. */
  key: string;
  name: string;
  /** By row; null: the row has none. */
  values: readonly SettingValue[];
  format?: (value: number) => string;
}

export interface AxisChoice {
  isLog: boolean;
  isFlipped: boolean;
}

/** Numbers from low to high, both included; or these values. */
export type AxisBrush = { low: number; high: number } | { values: readonly string[] };

export interface ParallelAxis {
  key: string;
  name: string;
  /** Values are words, in their own order. */
  isCategory: boolean;
  /** Whether all its values can stand on a log axis. */
  canBeLog: boolean;
  isLog: boolean;
  isFlipped: boolean;
  /** 0 (below) … 1, by row. */
  positions: readonly number[];
  ticks: readonly { position: number; label: string }[];
  /** Categories with their positions; empty for numbers. */
  categories: readonly { value: string; position: number }[];
  /** Of a number axis: the value at a position. */
  valueAt: (position: number) => number;
  positionOf: (value: number) => number;
}

export function parallelAxis(
  { key, name, values, format = formatSetting }: AxisSource,
  choice: AxisChoice,
): ParallelAxis {
  const present = values.filter((value) => value !== null);
  const numbers = present.filter((value) => typeof value === 'number');
  const { isFlipped } = choice;
  if (numbers.length < present.length || numbers.length === 0) {
    const categories = placedCategories(present, isFlipped);
    const placeOf = new Map(categories.map(({ value, position }) => [value, position]));
    return {
      ...{ key, name, isCategory: true, canBeLog: false, isLog: false, isFlipped, categories },
      positions: values.map((value) => (value === null ? MISSING_POSITION : (placeOf.get(String(value)) ?? 0))),
      ticks: categories.map(({ value, position }) => ({ position, label: value })),
      valueAt: () => NaN,
      positionOf: () => NaN,
    };
  }
  const canBeLog = numbers.every((value) => value > 0);
  const isLog = choice.isLog && canBeLog;
  const { positionOf, valueAt, low, high } = numberScale(numbers, isLog, isFlipped);
  return {
    ...{ key, name, isCategory: false, canBeLog, isLog, isFlipped, categories: [], valueAt, positionOf },
    positions: values.map((value) => (typeof value === 'number' ? positionOf(value) : MISSING_POSITION)),
    ticks: numberTicks(numbers, low, high, isLog).map((value) => ({
      position: positionOf(value),
      label: format(value),
    })),
  };
}

function placedCategories(values: readonly SettingValue[], isFlipped: boolean): ParallelAxis['categories'] {
  const distinct = [...new Set(values.map(String))].sort((left, right) =>
    left.localeCompare(right, 'en', { numeric: true }),
  );
  return distinct.map((value, index) => {
    const position = distinct.length === 1 ? 0.5 : index / (distinct.length - 1);
    return { value, position: isFlipped ? 1 - position : position };
  });
}

function numberScale(numbers: readonly number[], isLog: boolean, isFlipped: boolean) {
  const onAxis = (value: number) => (isLog ? Math.log10(value) : value);
  const low = numbers.reduce((least, value) => Math.min(least, value));
  const high = numbers.reduce((most, value) => Math.max(most, value));
  const [start, range] = [onAxis(low), onAxis(high) - onAxis(low)];
  const positionOf = (value: number) => {
    const position = range === 0 ? 0.5 : (onAxis(value) - start) / range;
    return isFlipped ? 1 - position : position;
  };
  const valueAt = (position: number) => {
    const along = start + range * (isFlipped ? 1 - position : position);
    return isLog ? 10 ** along : along;
  };
  return { positionOf, valueAt, low, high };
}

/** The values themselves where they are few; else round ones. */
function numberTicks(numbers: readonly number[], low: number, high: number, isLog: boolean): number[] {
  const distinct = [...new Set(numbers)].sort((left, right) => left - right);
  if (distinct.length <= MOST_VALUE_TICKS) return apart(distinct, isLog);
  if (!isLog)
    return [...new Set([low, ...linearTicks(low, high, 200, 12).filter((tick) => tick > low && tick < high), high])];
  const powers: number[] = [];
  for (let exponent = Math.ceil(Math.log10(low)); exponent <= Math.log10(high); exponent++) powers.push(10 ** exponent);
  return apart([low, ...powers.filter((power) => power > low && power < high), high], true);
}

/** Without those that would be written over their neighbour; both ends stay. */
function apart(values: readonly number[], isLog: boolean): number[] {
  const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0];
  const onAxis = (value: number) => (isLog ? Math.log10(value) : value);
  const room = TICK_SHARE * (onAxis(last) - onAxis(first));
  const kept: number[] = [first];
  for (const value of values.slice(1, -1)) {
    const fromLast = onAxis(value) - onAxis(kept.at(-1) ?? first);
    if (fromLast >= room && onAxis(last) - onAxis(value) >= room) kept.push(value);
  }
  return last === first ? kept : [...kept, last];
}

/** Whether a row's value lies in the brush; a missing one lies in none. */
export function isInBrush(value: SettingValue, brush: AxisBrush): boolean {
  if (value === null) return false;
  if ('values' in brush) return brush.values.includes(String(value));
  // Positions of the pointer are not exact: a value at the brush's very edge counts.
  const slack = 1e-9 * Math.max(Math.abs(brush.low), Math.abs(brush.high));
  return typeof value === 'number' && value >= brush.low - slack && value <= brush.high + slack;
}

/** What dragging between two positions keeps; null where it touches no category. */
export function brushBetween(axis: ParallelAxis, from: number, to: number): AxisBrush | null {
  const [bottom, top] = [Math.max(0, Math.min(from, to)), Math.min(1, Math.max(from, to))];
  if (axis.isCategory) {
    const values = axis.categories.filter(({ position }) => position >= bottom - 0.02 && position <= top + 0.02);
    return values.length === 0 ? null : { values: values.map(({ value }) => value) };
  }
  const ends = [axis.valueAt(bottom), axis.valueAt(top)].map((value) => Number(value.toPrecision(6)));
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** Where a brush lies on its axis, as parts from bottom to top. */
export function brushParts(axis: ParallelAxis, brush: AxisBrush): { bottom: number; top: number }[] {
  if ('values' in brush) {
    return axis.categories
      .filter(({ value }) => brush.values.includes(value))
      .map(({ position }) => ({ bottom: position - 0.02, top: position + 0.02 }));
  }
  const ends = [axis.positionOf(brush.low), axis.positionOf(brush.high)].map((end) => Math.max(0, Math.min(1, end)));
  return [{ bottom: Math.min(...ends), top: Math.max(...ends) }];
}

/** `learningRate:0.01~0.1;adapter.kind:=lora,full`, as the address holds it. */
export function brushesToText(brushes: ReadonlyMap<string, AxisBrush>): string {
  return [...brushes]
    .map(([key, brush]) => {
      const text =
        'values' in brush ? `=${brush.values.map(encodeURIComponent).join(',')}` : `${brush.low}~${brush.high}`;
      return `${encodeURIComponent(key)}:${text}`;
    })
    .join(';');
}

/** What cannot be read is left out: a link may be old, or written by hand. */
export function brushesFromText(text: string): Map<string, AxisBrush> {
  const brushes = text.split(';').flatMap((part): [string, AxisBrush][] => {
    const [name = '', content = ''] = part.split(':');
    const key = decodedPart(name);
    const brush = brushFromText(content);
    return key === null || brush === null ? [] : [[key, brush]];
  });
  return new Map(brushes);
}

function brushFromText(content: string): AxisBrush | null {
  if (content.startsWith('=')) {
    const values = content.slice(1).split(',').map(decodedPart);
    return values.includes(null) ? null : { values: values.flatMap((value) => value ?? []) };
  }
  const [low = '', high = ''] = content.split('~');
  const range = { low: Number(low), high: Number(high) };
  const isRange = low !== '' && high !== '' && Number.isFinite(range.low) && Number.isFinite(range.high);
  return isRange ? range : null;
}

/** Null for what no address encodes. */
export function decodedPart(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
