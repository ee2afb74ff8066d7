// What a Pareto chart draws of an answer of the host: positions, classes, labels. Pure; runs in the renderer.
import type { ParetoPoint, ParetoResult } from '../../../contracts/analysis.ts';
import { formatCount, formatShortCount, formatSetting } from '../../format.ts';
import type { MarkerShape } from '../../theme/tokens.ts';
import type { ChartTable } from '../chart-table.ts';

/** Up to so many points all have whiskers; beyond, those of the front and the selected. */
export const MOST_WHISKERS = 60;

export type MarkClass = 'front' | 'uncertain' | 'dominated';

export interface ParetoMark {
  point: ParetoPoint;
  x: number;
  y: number;
  class: MarkClass;
  isSelected: boolean;
  hasWhisker: boolean;
}

export interface ParetoChoice {
  selected: ReadonlySet<string>;
  /** Keys of the points that are drawn; null: all. */
  shown: ReadonlySet<string> | null;
}

export const MARK_CLASSES: readonly MarkClass[] = ['dominated', 'uncertain', 'front'];

/** The kind of adapter is a shape. */
export const ADAPTER_KINDS: readonly { kind: string; name: string; shape: MarkerShape }[] = [
  { kind: 'tinylora', name: 'TinyLoRA', shape: 'circle' },
  { kind: 'lora-xs', name: 'LoRA-XS', shape: 'square' },
  { kind: 'lora', name: 'LoRA', shape: 'triangle' },
  { kind: 'full', name: 'full fine-tuning', shape: 'diamond' },
];

export function shapeOf({ adapter }: ParetoPoint): MarkerShape {
  return ADAPTER_KINDS.find(({ kind }) => kind === adapter)?.shape ?? 'circle';
}

/** Kinds that a legend has to tell apart: none where there is one alone. */
export function drawnKinds(marks: readonly ParetoMark[]) {
  const kinds = ADAPTER_KINDS.filter(({ kind }) => marks.some(({ point }) => point.adapter === kind));
  return kinds.length > 1 ? kinds : [];
}

export function drawnClasses(marks: readonly ParetoMark[]): MarkClass[] {
  return MARK_CLASSES.filter((markClass) => marks.some((mark) => mark.class === markClass)).toReversed();
}

/** The first objective is x, the second y. */
export function paretoMarks({ points }: ParetoResult, { selected, shown }: ParetoChoice): ParetoMark[] {
  const drawn = points.filter(({ key }) => shown === null || shown.has(key));
  return drawn.flatMap((point): ParetoMark[] => {
    const [x, y] = point.objectives;
    if (x === undefined || y === undefined) return [];
    const isSelected = selected.has(point.key);
    const hasWhisker = drawn.length <= MOST_WHISKERS || point.isOnFront || isSelected;
    return [{ point, x: x.value, y: y.value, class: classOf(point), isSelected, hasWhisker }];
  });
}

function classOf({ isOnFront, isUncertain }: ParetoPoint): MarkClass {
  if (!isOnFront) return 'dominated';
  return isUncertain ? 'uncertain' : 'front';
}

/** The numbers that are drawn, at full precision. */
export function paretoTable(marks: readonly ParetoMark[], result: ParetoResult): ChartTable {
  const [x, y] = result.objectives;
  const rows = marks.map(({ point, class: markClass }) => {
    const [xValue, yValue] = point.objectives;
    return [
      point.label,
      point.adapter,
      point.numbers,
      point.bytes,
      xValue?.value ?? null,
      yValue?.value ?? null,
      yValue?.interval?.low ?? null,
      yValue?.interval?.high ?? null,
      point.seeds.length,
      point.sampled?.problems ?? point.greedy?.problems ?? null,
      markClass,
      point.frontShare,
    ];
  });
  const names = ['low', 'high', 'seeds', 'problems', 'class', 'front share'];
  return {
    columns: [
      'setting',
      'adapter',
      'trained numbers',
      'size in bytes',
      `x: ${x?.key ?? ''}`,
      `y: ${y?.key ?? ''}`,
      ...names,
    ],
    rows,
  };
}

/** Sizes and settings on axes: whole numbers short, others exact. */
export function formatAxisValue(value: number): string {
  const rounded = Number(value.toPrecision(6));
  return Number.isInteger(rounded) && Math.abs(rounded) >= 1 ? shortOrFull(rounded) : formatSetting(rounded);
}

function shortOrFull(value: number): string {
  return Math.abs(value) < 1000 ? formatCount(value) : formatShortCount(value);
}
