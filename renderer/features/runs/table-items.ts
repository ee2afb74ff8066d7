// What stands where in the scrolled table: rows, and a heading before each group. Pure; runs in the renderer.
import type { RunTableResult } from '../../../contracts/run-table.ts';

type Groups = RunTableResult['groups'];
export type TableItem = { kind: 'row'; row: number } | { kind: 'heading'; group: Groups[number] };

export function itemCount(groups: Groups, totalRows: number): number {
  return totalRows + groups.length;
}

/** @param index from 0, of all items */
export function itemAt(groups: Groups, index: number): TableItem {
  let start = 0;
  for (const [place, group] of groups.entries()) {
    if (index === start) return { kind: 'heading', group };
    if (index <= start + group.rows) return { kind: 'row', row: index - place - 1 };
    start += group.rows + 1;
  }
  return { kind: 'row', row: index - groups.length };
}

/** Where a row stands among all items. */
export function itemOfRow(groups: Groups, row: number): number {
  let before = 0;
  for (const [place, group] of groups.entries()) {
    before += group.rows;
    if (row < before) return row + place + 1;
  }
  return row + groups.length;
}

/** First and last row among the items from `first` to `last`. */
export function rowRange(groups: Groups, totalRows: number, first: number, last: number): [number, number] {
  const from = itemAt(groups, first);
  const next = from.kind === 'row' ? from : itemAt(groups, first + 1);
  const to = itemAt(groups, last);
  // A heading as the last item: the row before it.
  const before = to.kind === 'row' ? to : itemAt(groups, Math.max(first, last - 1));
  const row = (item: TableItem, otherwise: number) => (item.kind === 'row' ? item.row : otherwise);
  return [Math.max(0, row(next, 0)), Math.min(totalRows - 1, row(before, row(next, 0)))];
}
