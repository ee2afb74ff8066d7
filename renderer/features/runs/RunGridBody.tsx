// The rows of the table that are seen. Scrolling draws this part alone. Runs in the renderer.
import { useCallback, useEffect, useEffectEvent, useImperativeHandle, useMemo, useState } from 'react';
import type { Ref, RefObject } from 'react';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import type { Range } from '@tanstack/react-virtual';
import type { RunTableQuery, RunTableResult, RunTableRow } from '../../../contracts/run-table.ts';
import { useSelection } from '../../app/selection.ts';
import { usePreferences } from '../../connection/preferences.ts';
import { formatCount } from '../../format.ts';
import { ROW_HEIGHT_PX } from '../../theme/tokens.ts';
import type { CellLook } from './cell-text.ts';
import { columnTitle } from './columns.ts';
import type { GridColumn } from './columns.ts';
import { RowIconSymbols } from './RowIcons.tsx';
import { RunGridRow } from './RunGridRow.tsx';
import type { RowHandlers } from './RunGridRow.tsx';
import { itemAt, itemCount, itemOfRow, rowRange } from './table-items.ts';
import type { Cell } from './use-grid-keys.ts';
import { useShownColumns } from './use-shown-columns.ts';
import { useRunRows } from './use-run-table.ts';

/** What the grid asks of its rows. */
export interface GridBodyHandle {
  /** Undefined while it is on its way. */
  rowAt: (row: number) => RunTableRow | undefined;
  scrollToRow: (row: number) => void;
  firstRow: () => number;
  visibleRows: () => number;
}

export interface RunGridBodyProps {
  ref: Ref<GridBodyHandle>;
  gridId: string;
  scroll: RefObject<HTMLDivElement | null>;
  query: RunTableQuery;
  table: RunTableResult;
  columns: readonly GridColumn[];
  widthPx: number;
  active: Cell | null;
  look: CellLook;
  handlers: RowHandlers;
  onVisibleRows: (first: number, last: number) => void;
}

const OVERSCAN_ROWS = 8;
/** Rows are drawn into so many places at least, rounded up to this, which are used again for those scrolled in. */
const PLACES_STEP = 8;

export function RunGridBody(props: RunGridBodyProps) {
  const { ref, gridId, scroll, query, table, columns, widthPx, active, look, handlers, onVisibleRows } = props;
  const { groups, totalRows } = table;
  const rowPx = ROW_HEIGHT_PX[usePreferences().density];
  const activeRow = active !== null && active.row >= 0 && active.row < totalRows ? active.row : null;
  const activeItem = activeRow === null ? null : itemOfRow(groups, activeRow);
  const items = useVirtualizer({
    count: itemCount(groups, totalRows),
    getScrollElement: () => scroll.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN_ROWS,
    scrollPaddingStart: rowPx,
    scrollMargin: rowPx,
    // The active cell is named by the grid: it stays, however far it is scrolled away.
    rangeExtractor: useCallback(
      (range: Range) => {
        const indexes = defaultRangeExtractor(range);
        return activeItem === null || indexes.includes(activeItem)
          ? indexes
          : [...indexes, activeItem].sort((left, right) => left - right);
      },
      [activeItem],
    ),
  });
  useEffect(() => items.measure(), [items, rowPx]);
  // First: it brings the range up to date.
  const drawn = items.getVirtualItems();
  const { startIndex = 0, endIndex = 0 } = items.range ?? {};
  const [first, last] = rowRange(groups, totalRows, startIndex, endIndex);
  const rowAt = useRunRows(query, table, first, last, activeRow);
  const selected = useSelection(({ ids }) => ids);
  useImperativeHandle(ref, () => ({
    rowAt,
    scrollToRow: (row) => {
      if (row >= 0) items.scrollToIndex(itemOfRow(groups, row));
    },
    firstRow: () => first,
    visibleRows: () => Math.max(1, last - first),
  }));
  const tell = useEffectEvent((from: number, to: number) => onVisibleRows(from, to));
  useEffect(() => tell(first, last), [first, last]);
  const shown = useShownColumns(scroll, columns);
  const [hovered, setHovered] = useState<number | null>(null);
  const heading = useMemo(() => headingText(query, look), [query, look]);
  const places = PLACES_STEP * Math.ceil((drawn.length + 1) / PLACES_STEP);
  const isApart = (index: number) => index < startIndex - OVERSCAN_ROWS || index > endIndex + OVERSCAN_ROWS;

  return (
    <div
      role="rowgroup"
      style={{ height: items.getTotalSize(), width: widthPx, position: 'relative' }}
      onPointerMove={({ target }) => setHovered(target instanceof Element ? rowUnder(target) : null)}
      onPointerLeave={() => setHovered(null)}
    >
      <RowIconSymbols gridId={gridId} />
      {drawn.map(({ index, start }) => {
        const item = itemAt(groups, index);
        const topPx = start - rowPx;
        if (item.kind === 'heading') {
          return (
            <div
              key={`heading-${item.group.value}`}
              role="row"
              aria-rowindex={index + 2}
              className="run-heading"
              style={{ transform: `translateY(${topPx}px)`, width: widthPx }}
            >
              <div role="gridcell" aria-colindex={1} aria-colspan={columns.length + 1}>
                {heading(item.group)}
              </div>
            </div>
          );
        }
        const data = rowAt(item.row);
        return (
          <RunGridRow
            // A place, not the row: to change what a place shows is cheaper than to remove it and make another.
            key={isApart(index) ? 'apart' : index % places}
            {...{ gridId, data, topPx, look, shown, widthPx }}
            isHovered={hovered === item.row}
            row={item.row}
            ariaRow={index + 2}
            isSelected={data !== undefined && data.runIds.every((id) => selected.has(id))}
            activeColumn={active?.row === item.row ? active.column : null}
            {...handlers}
          />
        );
      })}
    </div>
  );
}

function rowUnder(element: Element): number | null {
  const row = element.closest('.run-row')?.getAttribute('data-row');
  return row ? Number(row) : null;
}

function headingText({ group }: RunTableQuery, { t }: CellLook) {
  const title = columnTitle(group ?? '');
  return ({ value, runs }: RunTableResult['groups'][number]) =>
    `${title}: ${value} · ${t('runCount', { count: runs, text: formatCount(runs) })}`;
}
