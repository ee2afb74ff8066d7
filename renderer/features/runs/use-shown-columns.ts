// Which columns are near the screen: only their cells are drawn. Runs in the renderer.
import { useEffect, useMemo } from 'react';
import type { RefObject } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { SELECT_WIDTH_PX } from './columns.ts';
import type { GridColumn } from './columns.ts';

export interface ShownColumn {
  column: GridColumn;
  /** Among all columns. */
  index: number;
}

export interface ShownColumns {
  pinned: readonly ShownColumn[];
  /** Those near the screen. */
  others: readonly ShownColumn[];
  /** Of the columns between the pinned ones and the first that is drawn. */
  skippedPx: number;
}

const OVERSCAN_COLUMNS = 1;

export function useShownColumns(
  scroll: RefObject<HTMLDivElement | null>,
  columns: readonly GridColumn[],
): ShownColumns {
  const pinnedCount = columns.filter(({ pinnedLeftPx }) => pinnedLeftPx !== null).length;
  const pinnedPx = columns.slice(0, pinnedCount).reduce((sum, { widthPx }) => sum + widthPx, SELECT_WIDTH_PX);
  const virtual = useVirtualizer({
    horizontal: true,
    count: columns.length - pinnedCount,
    getScrollElement: () => scroll.current,
    estimateSize: (index) => columns[pinnedCount + index]?.widthPx ?? 0,
    overscan: OVERSCAN_COLUMNS,
    scrollMargin: pinnedPx,
  });
  useEffect(() => virtual.measure(), [virtual, columns]);
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? -1];
  return useMemo(() => {
    const withIndex = columns.map((column, index) => ({ column, index }));
    const skipped = columns.slice(pinnedCount, pinnedCount + first);
    return {
      pinned: withIndex.slice(0, pinnedCount),
      others: withIndex.slice(pinnedCount + first, pinnedCount + last + 1),
      skippedPx: skipped.reduce((sum, { widthPx }) => sum + widthPx, 0),
    };
  }, [columns, pinnedCount, first, last]);
}
