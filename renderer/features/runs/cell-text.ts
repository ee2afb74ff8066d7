// A cell of the table of runs as text, and what its tooltip adds. Pure; runs in the renderer.
import type { TFunction } from 'i18next';
import type { ShownState } from '../../../contracts/run-state.ts';
import type { IntervalKind, RunColumnKind, RunTableCell, RunTableRow } from '../../../contracts/run-table.ts';
import {
  MISSING,
  formatCount,
  formatDifference,
  formatDuration,
  formatFileSize,
  formatMeasure,
  formatRate,
  formatRateHalfWidth,
  formatRateInterval,
  formatSetting,
  formatTime,
  fullPrecision,
} from '../../format.ts';

export interface CellLook {
  t: TFunction<['runs', 'shell']>;
  language: string;
  nowMs: number;
  /** Words of every row, looked up once: translating them for each row that is scrolled in would take half its time. */
  stateWord: (state: ShownState) => string;
  selectWord: (label: string) => string;
  intervalText: (low: string, high: string, kind: IntervalKind) => string;
}

/** Stand for what is filled in later; no text has them. */
const GAPS = ['\uE000', '\uE001', '\uE002'] as const;

export function cellLook(t: CellLook['t'], language: string, nowMs: number): CellLook {
  const [low, high, kind] = GAPS;
  const interval = t('interval', { low, high, kind });
  const select = t('selectRun', { label: low });
  const kindWord = remembered((each: IntervalKind) => t(`intervalKinds.${each}`));
  return {
    ...{ t, language, nowMs },
    stateWord: remembered((state: ShownState) => t(`shell:states.${state}`)),
    selectWord: (label) => filled(select, [label]),
    intervalText: (lowText, highText, each) => filled(interval, [lowText, highText, kindWord(each)]),
  };
}

function filled(text: string, parts: readonly string[]): string {
  return parts.reduce((result, part, place) => result.replace(GAPS[place] ?? '', () => part), text);
}

function remembered<Key>(say: (key: Key) => string): (key: Key) => string {
  const known = new Map<Key, string>();
  return (key) => {
    const text = known.get(key) ?? say(key);
    known.set(key, text);
    return text;
  };
}

export interface CellText {
  text: string;
  /** In the second ink, behind the text: an interval, why there is no value. */
  detail?: string;
  /** All digits, kind of interval, n. */
  tooltip?: string;
}

const TIMES = new Set(['created', 'started', 'ended']);

export function cellText(
  row: RunTableRow,
  { key, kind }: { key: string; kind: RunColumnKind },
  cell: RunTableCell | null,
  look: CellLook,
): CellText {
  if (cell === null) return missing(row, kind, look);
  const { value } = cell;
  if (key === 'progress' && row.runIds.length === 1) {
    return { text: `${formatCount(row.lastStep)}/${formatCount(row.totalSteps)}` };
  }
  if (key === 'seed') return seedText(row, look);
  if (typeof value === 'number') return numberText(key, kind, value, cell, look);
  return { text: Array.isArray(value) ? value.join(' ') : String(value) };
}

function missing({ state, lastStep }: RunTableRow, kind: RunColumnKind, { t }: CellLook): CellText {
  if (kind !== 'accuracy' || state !== 'failed') return { text: MISSING };
  return { text: MISSING, detail: t('failedAtStep', { step: formatCount(lastStep) }) };
}

function seedText({ seeds }: RunTableRow, { t }: CellLook): CellText {
  if (seeds.length === 1) return { text: `s${seeds[0] ?? ''}` };
  return { text: t('seedCount', { count: seeds.length }), tooltip: seeds.map((seed) => `s${seed}`).join(' ') };
}

function numberText(key: string, kind: RunColumnKind, value: number, cell: RunTableCell, look: CellLook): CellText {
  const tooltip = tooltipText(value, cell, look);
  if (kind === 'accuracy') return { ...accuracyText(key, value, cell), tooltip };
  if (kind === 'metric') {
    const { interval, n } = cell;
    const detail = interval && n ? { detail: `±${formatMeasure((interval.high - interval.low) / 2, 2)} t` } : {};
    return { text: formatMeasure(value), ...detail, tooltip };
  }
  if (kind === 'setting') return { text: formatSetting(value) };
  if (key === 'bytes') return { text: formatFileSize(value), tooltip };
  if (key === 'duration') return { text: formatDuration(value), tooltip };
  if (key === 'progress') return { text: formatRate(value, 0), tooltip };
  if (TIMES.has(key)) return { text: formatTime(value, look.nowMs, look.language) };
  return { text: Number.isInteger(value) ? formatCount(value) : formatMeasure(value, 4), tooltip };
}

/** `76.9%` with `±2.2 t` over seeds, with its ends in one run. */
function accuracyText(key: string, value: number, { interval, n }: RunTableCell): CellText {
  const isOverSeeds = interval?.kind === 'student-over-seeds';
  // Behind a mean over seeds stand at least as many problems as make a decimal worth writing.
  const observations = isOverSeeds || n === null ? Infinity : n;
  const text = key.endsWith('@gain') ? formatDifference(value, observations) : formatRate(value, observations);
  if (interval === null) return { text };
  const half = (interval.high - interval.low) / 2;
  const detail = isOverSeeds
    ? `${formatRateHalfWidth(half, observations)} t`
    : formatRateInterval(interval.low, interval.high, observations);
  return { text, detail };
}

function tooltipText(value: number, { interval, n }: RunTableCell, { t, intervalText }: CellLook): string {
  const parts = [fullPrecision(value)];
  if (interval !== null) {
    const [low, high] = [formatMeasure(interval.low, 4), formatMeasure(interval.high, 4)];
    parts.push(intervalText(low, high, interval.kind));
  }
  if (n !== null)
    parts.push(interval?.kind === 'student-over-seeds' ? t('seedCount', { count: n }) : `n ${formatCount(n)}`);
  return parts.join(' · ');
}
