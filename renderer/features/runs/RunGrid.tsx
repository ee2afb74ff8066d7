// The table of runs: a grid that draws only what is seen, one stop for Tab, arrows from cell to cell. Runs in the renderer.
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { MouseEvent } from 'react';
import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { RunTableResult, RunTableRow } from '../../../contracts/run-table.ts';
import { useLatest } from '../../app/latest.ts';
import { useNow } from '../../app/now.ts';
import { cellLook } from './cell-text.ts';
import { SELECT_WIDTH_PX } from './columns.ts';
import type { GridColumn } from './columns.ts';
import { GRID_STYLE } from './grid-style.ts';
import { HEADER_ROW, RunGridHeader } from './RunGridHeader.tsx';
import { RunGridBody } from './RunGridBody.tsx';
import type { GridBodyHandle } from './RunGridBody.tsx';
import { cellId, rowPath } from './RunGridRow.tsx';
import type { RowHandlers } from './RunGridRow.tsx';
import { itemCount } from './table-items.ts';
import { useColumnActions } from './use-column-actions.ts';
import { useGridColumns } from './use-grid-columns.ts';
import { useGridKeys } from './use-grid-keys.ts';
import type { Cell } from './use-grid-keys.ts';
import { useRowSelection } from './use-row-selection.ts';
import type { RunsView } from './use-runs-view.ts';

export interface RunGridProps {
  view: RunsView;
  /** The first page: totals, groups, kinds of columns. */
  table: RunTableResult;
  /** What is shown answers the view before; the answer to this one is on its way. */
  isOutdated: boolean;
  onVisibleRows: (first: number, last: number) => void;
  onEdit: (row: RunTableRow, column: 'tags' | 'note', cell: HTMLElement) => void;
}

export function RunGrid({ view, table, isOutdated, onVisibleRows, onEdit }: RunGridProps) {
  const { t, i18n } = useTranslation(['runs', 'shell']);
  const gridId = useId();
  const navigate = useNavigate();
  const scroll = useRef<HTMLDivElement>(null);
  const body = useRef<GridBodyHandle>(null);
  const { totalRows } = table;
  const [active, setActive] = useState<Cell | null>(null);
  const [menuColumn, setMenuColumn] = useState<number | null>(null);
  const grid = useGridColumns(view, table.columns);
  const columnActions = useColumnActions(view);
  const rowAt = (row: number) => body.current?.rowAt(row);
  const selection = useRowSelection(view.query, table, rowAt);
  const nowMs = useNow();
  const look = useMemo(() => cellLook(t, i18n.language, nowMs), [t, i18n.language, nowMs]);
  useScrollToTop(scroll, view);
  useScrolledAside(scroll);

  const open = (row: number) => {
    const data = rowAt(row);
    if (data !== undefined) void navigate(rowPath(data));
  };
  const edit = (row: number, column: number, cell: HTMLElement) => {
    const key = grid.columns[column]?.key;
    const data = rowAt(row);
    if (data !== undefined && (key === 'tags' || (key === 'note' && data.runIds.length === 1))) onEdit(data, key, cell);
  };
  const goTo = (cell: Cell) => {
    setActive(cell);
    body.current?.scrollToRow(cell.row);
    if (scroll.current !== null) revealColumn(scroll.current, grid.columns, cell.column);
  };
  const onKeyDown = useGridKeys({
    ...{ active, goTo, open, selection, grid, columnActions },
    rows: totalRows,
    pageRows: () => body.current?.visibleRows() ?? 1,
    openMenu: setMenuColumn,
    edit: ({ row, column }) => {
      const cell = document.getElementById(cellId(gridId, row, column));
      if (cell !== null) edit(row, column, cell);
    },
  });
  const onCell = (row: number, column: number, event: MouseEvent) => {
    setActive({ row, column });
    if (event.shiftKey) void selection.extendTo(row);
    else if (column === -1 || event.ctrlKey || event.metaKey) selection.toggle(row);
  };
  const handlers = useStableHandlers({ onCell, onOpen: open, onEdit: edit });
  return (
    <Box
      ref={scroll}
      role="grid"
      aria-label={t('title')}
      aria-rowcount={itemCount(table.groups, totalRows) + 1}
      aria-colcount={grid.columns.length + 1}
      aria-multiselectable
      aria-busy={isOutdated}
      aria-activedescendant={active === null ? undefined : cellId(gridId, active.row, active.column)}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        if (event.target === event.currentTarget && active === null && totalRows > 0) {
          setActive({ row: body.current?.firstRow() ?? 0, column: 0 });
        }
      }}
      onMouseUp={() => {
        if (window.getSelection()?.isCollapsed !== false) scroll.current?.focus({ preventScroll: true });
      }}
      sx={GRID_STYLE}
    >
      <RunGridHeader
        {...{ gridId, grid, menuColumn }}
        sort={view.sort}
        actions={columnActions}
        activeColumn={active?.row === HEADER_ROW ? active.column : null}
        onMenu={setMenuColumn}
        selection={selection.state}
        onSelectAll={() => void selection.toggleAll()}
      />
      <RunGridBody
        {...{ gridId, scroll, table, active, look, handlers, onVisibleRows }}
        ref={body}
        query={view.query}
        columns={grid.columns}
        widthPx={grid.totalWidthPx}
      />
    </Box>
  );
}

/** The same functions at every render, so that rows that did not change are not drawn again. */
function useStableHandlers(handlers: RowHandlers): RowHandlers {
  const latest = useLatest(handlers);
  return useMemo(
    () => ({
      onCell: (row, column, event) => latest.current.onCell(row, column, event),
      onOpen: (row) => latest.current.onOpen(row),
      onEdit: (row, column, cell) => latest.current.onEdit(row, column, cell),
    }),
    [latest],
  );
}

/** Another filter or order is read from its start; fresh values of the same one stay where they are. */
function useScrollToTop(
  scroll: React.RefObject<HTMLDivElement | null>,
  { filter, sort, group, isMeanOfSeeds }: RunsView,
) {
  const order = JSON.stringify([filter, sort, group, isMeanOfSeeds]);
  const before = useRef(order);
  useEffect(() => {
    if (before.current === order) return;
    before.current = order;
    scroll.current?.scrollTo({ top: 0 });
  }, [scroll, order]);
}

/** Marks the grid while it is scrolled sideways. Not React's: nothing is drawn anew for it. */
function useScrolledAside(scroll: React.RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const grid = scroll.current;
    if (grid === null) return undefined;
    const mark = () => grid.toggleAttribute('data-aside', grid.scrollLeft > 0);
    mark();
    grid.addEventListener('scroll', mark, { passive: true });
    return () => grid.removeEventListener('scroll', mark);
  }, [scroll]);
}

/** Scrolls sideways until a column stands beside the pinned ones. */
function revealColumn(scroll: HTMLElement, columns: readonly GridColumn[], index: number): void {
  const column = columns[index];
  if (column === undefined || column.pinnedLeftPx !== null) return;
  const pinnedPx = SELECT_WIDTH_PX + columns.filter(({ pinnedLeftPx }) => pinnedLeftPx !== null).reduce(sumWidths, 0);
  const startPx = SELECT_WIDTH_PX + columns.slice(0, index).reduce(sumWidths, 0);
  const endPx = startPx + column.widthPx;
  if (startPx - scroll.scrollLeft < pinnedPx) scroll.scrollLeft = startPx - pinnedPx;
  else if (endPx - scroll.scrollLeft > scroll.clientWidth) scroll.scrollLeft = endPx - scroll.clientWidth;
}

function sumWidths(sum: number, { widthPx }: { widthPx: number }): number {
  return sum + widthPx;
}
