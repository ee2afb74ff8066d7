// The table's columns as TanStack Table lays them out: order, pinning, sizes, resizing by drag. Runs in the renderer.
import { useMemo } from 'react';
import {
  columnOrderingFeature,
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import type { ColumnSizingState, Updater } from '@tanstack/react-table';
import { useTranslation } from 'react-i18next';
import type { RunColumnKind, RunTableResult, RunTableRow } from '../../../contracts/run-table.ts';
import { LEAST_WIDTH_PX, MOST_WIDTH_PX, SELECT_WIDTH_PX, columnTitle, defaultWidthPx } from './columns.ts';
import type { GridColumn } from './columns.ts';
import { isMetric } from './runs-view.ts';
import type { RunsView } from './use-runs-view.ts';

const FEATURES = tableFeatures({
  columnOrderingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnResizingFeature,
});
/** Rows are the host's: filtered, sorted and paged there; the table here is that of columns. */
const NO_ROWS: RunTableRow[] = [];

export interface GridColumns {
  columns: readonly GridColumn[];
  /** Of all columns and the boxes before them. */
  totalWidthPx: number;
  /** Starts resizing by drag. */
  startResize: (key: string, event: unknown) => void;
  resize: (key: string, byPx: number) => void;
  resetSize: (key: string) => void;
}

export function useGridColumns(view: RunsView, answered: RunTableResult['columns'] | undefined): GridColumns {
  const { columns: choices, widths, setWidths } = view;
  // Titles are translated outside React.
  const { i18n } = useTranslation();
  // Preferences change at once, before the host has answered.
  const sizing: ColumnSizingState = widths;
  const onColumnSizingChange = (updater: Updater<ColumnSizingState>) => {
    setWidths(typeof updater === 'function' ? updater(sizing) : updater);
  };
  const table = useTable({
    features: FEATURES,
    data: NO_ROWS,
    columns: useMemo(
      () =>
        choices.map(({ key }) => ({
          id: key,
          size: defaultWidthPx(key),
          minSize: LEAST_WIDTH_PX,
          maxSize: MOST_WIDTH_PX,
        })),
      [choices],
    ),
    columnResizeMode: 'onEnd',
    state: {
      columnSizing: sizing,
      columnOrder: choices.map(({ key }) => key),
      columnPinning: { start: choices.filter(({ isPinned }) => isPinned).map(({ key }) => key), end: [] },
    },
    onColumnSizingChange,
  });

  const leafs = [...table.getStartVisibleLeafColumns(), ...table.getCenterVisibleLeafColumns()];
  const layout = leafs
    .map((column) => [column.id, column.getSize(), column.getIsPinned() === 'start' ? column.getStart('start') : ''])
    .join('|');
  const kinds = answered?.map(({ kind }) => kind).join();
  const columns = useMemo(
    () =>
      leafs.map((column, index): GridColumn => ({
        key: column.id,
        kind: answered?.[index]?.kind ?? guessKind(column.id),
        title: columnTitle(column.id),
        widthPx: column.getSize(),
        pinnedLeftPx: column.getIsPinned() === 'start' ? SELECT_WIDTH_PX + column.getStart('start') : null,
      })),
    // The text names everything that the layout depends on; rows are drawn again when it changes, not at each scroll.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [layout, kinds, i18n.language],
  );
  return {
    columns,
    totalWidthPx: SELECT_WIDTH_PX + table.getTotalSize(),
    startResize: (key, event) => {
      table
        .getFlatHeaders()
        .find(({ id }) => id === key)
        ?.getResizeHandler()(event);
    },
    resize: (key, byPx) => {
      const size = (sizing[key] ?? defaultWidthPx(key)) + byPx;
      onColumnSizingChange({ ...sizing, [key]: Math.max(LEAST_WIDTH_PX, Math.min(MOST_WIDTH_PX, size)) });
    },
    resetSize: (key) => onColumnSizingChange({ ...sizing, [key]: defaultWidthPx(key) }),
  };
}

/** Until the host has answered. */
function guessKind(key: string): RunColumnKind {
  if (isMetric(key)) return 'metric';
  return /^(sampled|greedy)\b|^(strict|lenient|format)$/.test(key) ? 'accuracy' : 'setting';
}
