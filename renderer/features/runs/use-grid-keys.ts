// Keys of the table of runs. Letters are commands, so that they rest where the user switched them off. Runs in the renderer.
import { useMemo } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../app/commands.ts';
import type { Command } from '../../app/commands.ts';
import { useLatest } from '../../app/latest.ts';
import { SHORTCUTS, actionOf } from '../../app/shortcuts.ts';
import { HEADER_ROW } from './RunGridHeader.tsx';
import type { ColumnActions } from './use-column-actions.ts';
import type { GridColumns } from './use-grid-columns.ts';
import type { RowSelection } from './use-row-selection.ts';

/** @see HEADER_ROW for the row of headings; column −1 holds the boxes. */
export interface Cell {
  row: number;
  column: number;
}

export interface GridKeyOptions {
  active: Cell | null;
  goTo: (cell: Cell) => void;
  rows: number;
  /** Rows that are seen at once. */
  pageRows: () => number;
  open: (row: number) => void;
  edit: (cell: Cell) => void;
  openMenu: (column: number) => void;
  selection: RowSelection;
  grid: GridColumns;
  columnActions: ColumnActions;
}

const RESIZE_PX = 16;

/** @returns the handler of the grid's own keys */
export function useGridKeys(options: GridKeyOptions): (event: KeyboardEvent) => void {
  useLetterCommands(options);
  return (event) => {
    // Keys of a menu or a field inside bubble through here, too.
    if (event.defaultPrevented || event.target !== event.currentTarget) return;
    const { active } = options;
    const act =
      active?.row === HEADER_ROW ? headerKey(event, active, options) : bodyKey(event, active ?? FIRST, options);
    if (act === null) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
}

const FIRST: Cell = { row: 0, column: 0 };

type Act = (() => void) | null;

function headerKey(event: KeyboardEvent, { column }: Cell, options: GridKeyOptions): Act {
  const { grid, columnActions, openMenu, selection } = options;
  const key = grid.columns[column]?.key;
  if (event.key === 'Enter' || event.key === ' ') {
    if (key === undefined) return () => void selection.toggleAll();
    return () => columnActions.sort(key, event.shiftKey);
  }
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (sideways !== undefined && key !== undefined && event.altKey) {
    return () => {
      columnActions.move(key, column + sideways);
      options.goTo({ row: HEADER_ROW, column: Math.max(0, Math.min(grid.columns.length - 1, column + sideways)) });
    };
  }
  if (sideways !== undefined && key !== undefined && event.shiftKey) {
    return () => grid.resize(key, sideways * RESIZE_PX);
  }
  const opensMenu = event.key === 'ContextMenu' || (event.key === 'ArrowDown' && event.altKey);
  if (opensMenu && key !== undefined) return () => openMenu(column);
  return movement(event, { row: HEADER_ROW, column }, options);
}

function bodyKey(event: KeyboardEvent, active: Cell, options: GridKeyOptions): Act {
  const { selection, open, edit } = options;
  const { row } = active;
  const key = event.nativeEvent;
  if (event.key === 'F2') return () => edit(active);
  const act = actionOf(key, [
    [SHORTCUTS.open.ask, () => open(row)],
    [SHORTCUTS.range.space, () => void selection.extendTo(row)],
    [SHORTCUTS.select.space, () => selection.toggle(row)],
    [SHORTCUTS.selectAll.ask, () => void selection.selectAll()],
  ]);
  if (act !== undefined) return act;
  const step = actionOf(key, [
    [SHORTCUTS.range.down, 1],
    [SHORTCUTS.range.up, -1],
  ]);
  if (step !== undefined) {
    const next = Math.max(0, Math.min(options.rows - 1, row + step));
    return () => {
      if (selection.state === 'none') selection.toggle(row);
      options.goTo({ ...active, row: next });
      void selection.extendTo(next);
    };
  }
  return movement(event, active, options);
}

function movement(event: KeyboardEvent, { row, column }: Cell, { rows, pageRows, grid, goTo }: GridKeyOptions): Act {
  if (event.altKey) return null;
  const isFar = event.ctrlKey || event.metaKey;
  const lastColumn = grid.columns.length - 1;
  const targets: Record<string, Cell | undefined> = {
    ArrowDown: { row: row + 1, column },
    ArrowUp: { row: row - 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    PageDown: { row: row + pageRows(), column },
    PageUp: { row: Math.max(0, row - pageRows()), column },
    Home: isFar ? { row: 0, column } : { row, column: -1 },
    End: isFar ? { row: rows - 1, column } : { row, column: lastColumn },
  };
  const target = targets[event.key];
  if (target === undefined) return null;
  return () =>
    goTo({
      row: Math.max(HEADER_ROW, Math.min(rows - 1, target.row)),
      column: Math.max(-1, Math.min(lastColumn, target.column)),
    });
}

/** J, K and X, from anywhere on the page. */
function useLetterCommands(options: GridKeyOptions): void {
  const { t } = useTranslation('runs');
  const latest = useLatest(options);
  const commands = useMemo((): Command[] => {
    const step = (by: number) => {
      const { active, rows, goTo } = latest.current;
      if (rows === 0) return;
      const row = active === null || active.row === HEADER_ROW ? 0 : active.row + by;
      goTo({ row: Math.max(0, Math.min(rows - 1, row)), column: active?.column ?? 0 });
    };
    const toggle = () => {
      const { active, selection } = latest.current;
      if (active !== null && active.row >= 0) selection.toggle(active.row);
    };
    const selectAll = () => void latest.current.selection.selectAll();
    return [
      { id: 'runs.next', section: 'do', title: t('nextRun'), keys: SHORTCUTS.move.next, run: () => step(1) },
      {
        id: 'runs.previous',
        section: 'do',
        title: t('previousRun'),
        keys: SHORTCUTS.move.previous,
        run: () => step(-1),
      },
      { id: 'runs.toggle', section: 'do', title: t('toggleRun'), keys: SHORTCUTS.select.toggle, run: toggle },
      {
        id: 'runs.selectAll',
        section: 'do',
        title: t('selectAllMatching'),
        keys: SHORTCUTS.selectAll.ask,
        run: selectAll,
      },
    ];
  }, [t, latest]);
  useCommands(commands);
}
