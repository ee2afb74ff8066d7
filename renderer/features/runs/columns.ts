// Headings and widths of the table's columns. Pure; runs in the renderer.
import i18next from 'i18next';
import type { RunColumnKind } from '../../../contracts/run-table.ts';
import { isMetric, splitMetric } from './runs-view.ts';

/** A column as the grid lays it out. */
export interface GridColumn {
  key: string;
  kind: RunColumnKind;
  title: string;
  widthPx: number;
  /** From the left edge, of a pinned one; null: it scrolls. */
  pinnedLeftPx: number | null;
}

const WIDTHS_PX: Readonly<Record<string, number>> = {
  ...{ state: 112, label: 232, numbers: 104, bytes: 92, sampled: 172, greedy: 172, seed: 88, progress: 100, steps: 72 },
  ...{ tags: 148, note: 168, sweep: 120, created: 124, started: 124, ended: 124, duration: 108, failure: 240, id: 124 },
};
const WIDTH_PX = 116;
export const LEAST_WIDTH_PX = 56;
export const MOST_WIDTH_PX = 640;
/** Of the boxes that select rows. */
export const SELECT_WIDTH_PX = 40;
const WORDS = new Set(['state', 'label', 'tags', 'note', 'sweep', 'failure', 'id', 'created', 'started', 'ended']);

export function defaultWidthPx(key: string): number {
  return WIDTHS_PX[key] ?? (/^(sampled|greedy)@|^strict$|^lenient$|^format$/.test(key) ? 172 : WIDTH_PX);
}

/** Fields in the user's language; settings and metrics keep their keys. */
export function columnTitle(key: string): string {
  if (!isMetric(key))
    return i18next.exists(`runs:fields.${key}`) ? i18next.t(`runs:fields.${key}` as 'runs:fields.state') : key;
  const { name, place } = splitMetric(key);
  const shown = name.replace(/^metric:/, '');
  return place === null ? shown : `${shown} @${place}`;
}

/** Numbers stand under each other at their right ends. */
export function isNumeric(key: string, kind: RunColumnKind): boolean {
  return kind === 'accuracy' || kind === 'metric' || (kind === 'field' && !WORDS.has(key));
}
