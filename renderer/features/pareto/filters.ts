// Which settings the brushes and "top k %" leave, and the axes they stand on. Pure; runs in the renderer.
import type { ParetoPoint, ParetoResult, SettingValue } from '../../../contracts/analysis.ts';
import { decodedPart, isInBrush, parallelAxis } from '../../charts/parallel/parallel-axes.ts';
import type { AxisBrush, AxisChoice, AxisSource, ParallelAxis } from '../../charts/parallel/parallel-axes.ts';

export interface AxisWords {
  x: string;
  y: string;
  formatX: (value: number) => string;
  formatY: (value: number) => string;
}

/** Changes to an axis' look; those not named are log where the host's objective or their values suggest it. */
export interface AxisLayout extends AxisChoice {
  key: string;
}

/** x, the settings that vary, y. */
export function axisSources(result: ParetoResult, words: AxisWords): AxisSource[] {
  const [x, y] = result.objectives;
  const objective = (index: number) => result.points.map(({ objectives }) => objectives[index]?.value ?? null);
  return [
    { key: x?.key ?? 'x', name: words.x, values: objective(0), format: words.formatX },
    ...result.axes.map(({ path }, index) => ({
      key: path,
      name: path,
      values: result.points.map(({ settings }) => settings[index] ?? null),
    })),
    { key: y?.key ?? 'y', name: words.y, values: objective(1), format: words.formatY },
  ];
}

/** In the order of the layout, axes that it does not name before the objective. */
export function arrangedAxes(sources: readonly AxisSource[], layout: readonly AxisLayout[]): ParallelAxis[] {
  const known = new Map(layout.map((entry) => [entry.key, entry]));
  const chosen = layout.flatMap(({ key }) => sources.find((source) => source.key === key) ?? []);
  const others = sources.filter(({ key }) => !known.has(key));
  const [last] = known.size === 0 ? [] : others.filter(({ key }) => key === sources.at(-1)?.key);
  const ordered = [...chosen, ...others.filter((source) => source !== last), ...(last ? [last] : [])];
  return ordered.map((source) =>
    parallelAxis(source, known.get(source.key) ?? { isLog: spansDecades(source.values), isFlipped: false }),
  );
}

/** Numbers over more than one power of ten read better on a log axis. */
export function spansDecades(values: readonly SettingValue[]): boolean {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === 0 || numbers.some((value) => value <= 0)) return false;
  const low = numbers.reduce((least, value) => Math.min(least, value));
  return numbers.some((value) => value >= 10 * low);
}

/** `numbers~l,learningRate~lf`: order, log and flip of the axes, as the address holds them. */
export function layoutToText(layout: readonly AxisLayout[]): string {
  return layout
    .map(({ key, isLog, isFlipped }) => `${encodeURIComponent(key)}~${isLog ? 'l' : ''}${isFlipped ? 'f' : ''}`)
    .join(',');
}

export function layoutFromText(text: string): AxisLayout[] {
  return text.split(',').flatMap((part) => {
    const [name = '', flags = ''] = part.split('~');
    const key = decodedPart(name);
    return key === null || key === '' ? [] : [{ key, isLog: flags.includes('l'), isFlipped: flags.includes('f') }];
  });
}

/** Keys of the points that all brushes keep and that are among the best `topPercent`; null: nothing is filtered. */
export function shownKeys(
  result: ParetoResult,
  sources: readonly AxisSource[],
  brushes: ReadonlyMap<string, AxisBrush>,
  topPercent: number,
): ReadonlySet<string> | null {
  const active = sources.flatMap(({ key, values }) => {
    const brush = brushes.get(key);
    return brush ? [{ values, brush }] : [];
  });
  if (active.length === 0 && topPercent >= 100) return null;
  const kept = result.points.filter((_, row) =>
    active.every(({ values, brush }) => isInBrush(values[row] ?? null, brush)),
  );
  const best = new Set(bestFirst(result.points, result).slice(0, Math.ceil((result.points.length * topPercent) / 100)));
  return new Set(kept.filter((point) => best.has(point)).map(({ key }) => key));
}

/** By the second objective. */
export function bestFirst(points: readonly ParetoPoint[], { objectives }: ParetoResult): ParetoPoint[] {
  const sign = objectives[1]?.goal === 'min' ? 1 : -1;
  return points.toSorted(
    (left, right) => sign * ((left.objectives[1]?.value ?? 0) - (right.objectives[1]?.value ?? 0)),
  );
}

/** The front of more objectives than are drawn, on the points of those that are. */
export function withFrontOf(drawn: ParetoResult, all: ParetoResult): ParetoResult {
  const byKey = new Map(all.points.map((point) => [point.key, point]));
  const points = drawn.points.map((point) => {
    const other = byKey.get(point.key);
    const { isOnFront = false, isUncertain = false, frontShare = null } = other ?? {};
    return { ...point, isOnFront, isUncertain, frontShare };
  });
  const front = points.flatMap((point, index) => (point.isOnFront ? [index] : []));
  front.sort((left, right) => (points[left]?.objectives[0]?.value ?? 0) - (points[right]?.objectives[0]?.value ?? 0));
  return { ...drawn, points, front, hypervolume: all.hypervolume };
}

/** The smallest member of the front that keeps nine tenths of the best gain: what the summary speaks of. */
export function kneePoint(result: ParetoResult): ParetoPoint | null {
  const members = result.front.flatMap((index) => result.points[index] ?? []);
  const gains = members.flatMap(({ gainFraction }) => gainFraction?.value ?? []);
  if (gains.length === 0) return null;
  const enough = 0.9 * Math.max(...gains);
  return members.find(({ gainFraction }) => (gainFraction?.value ?? -Infinity) >= enough) ?? null;
}

/** 0 … 1 of each point along a setting, for colour: numbers by their order on an axis, words by their order. */
export function shadesOf(result: ParetoResult, path: string): ReadonlyMap<string, number> {
  const index = result.axes.findIndex((axis) => axis.path === path);
  const values = result.points.map((point) => (path === 'numbers' ? point.numbers : (point.settings[index] ?? null)));
  const axis = parallelAxis({ key: path, name: path, values }, { isLog: spansDecades(values), isFlipped: false });
  return new Map(result.points.map(({ key }, row) => [key, Math.max(0, axis.positions[row] ?? 0)]));
}
