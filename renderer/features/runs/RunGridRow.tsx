// One row of the table of runs. Memoised: scrolling draws new rows only. Runs in the renderer.
import { memo } from 'react';
import type { MouseEvent } from 'react';
import { shownState } from '../../../contracts/run-state.ts';
import type { RunTableRow } from '../../../contracts/run-table.ts';
import { cellText } from './cell-text.ts';
import type { CellLook } from './cell-text.ts';
import { SELECT_WIDTH_PX, isNumeric } from './columns.ts';
import type { GridColumn } from './columns.ts';
import { RowIcon } from './RowIcons.tsx';
import type { ShownColumns } from './use-shown-columns.ts';

export interface RowHandlers {
  /** @param column −1: the row's box */
  onCell: (row: number, column: number, event: MouseEvent) => void;
  onOpen: (row: number) => void;
  onEdit: (row: number, column: number, cell: HTMLElement) => void;
}

export interface RunGridRowProps extends RowHandlers {
  gridId: string;
  /** Undefined while it is on its way. */
  data: RunTableRow | undefined;
  row: number;
  /** Among all items, from 1, the header being 1. */
  ariaRow: number;
  topPx: number;
  shown: ShownColumns;
  widthPx: number;
  isSelected: boolean;
  /** Under the pointer. */
  isHovered: boolean;
  /** The active column in the active row; −1 is its box; null: another row is active. */
  activeColumn: number | null;
  look: CellLook;
}

/** A run's own page; a mean's runs beside each other. */
export function rowPath({ number, runIds }: RunTableRow): string {
  return runIds.length === 1 ? `/runs/r${number}` : `/compare?${new URLSearchParams({ runs: runIds.join(',') })}`;
}

export const EDITABLE: readonly string[] = ['tags', 'note'];

/** Ids of cells, which the grid names as its active descendant. */
export function cellId(gridId: string, row: number, column: number): string {
  return `${gridId}-${row}-${column}`;
}

export const RunGridRow = memo(function RunGridRow(props: RunGridRowProps) {
  const { gridId, data, row, ariaRow, topPx, shown, widthPx, isSelected, activeColumn, look, onCell, onOpen } = props;
  return (
    <div
      role="row"
      aria-rowindex={ariaRow}
      aria-selected={isSelected}
      data-row={row}
      className="run-row"
      style={{ transform: `translateY(${topPx}px)`, width: widthPx }}
      onDoubleClick={() => onOpen(row)}
    >
      <div role="presentation" className="run-pinned">
        <div
          role="gridcell"
          id={cellId(gridId, row, -1)}
          aria-colindex={1}
          className={activeColumn === -1 ? 'run-cell active' : 'run-cell'}
          style={{ width: SELECT_WIDTH_PX }}
          onClick={(event) => onCell(row, -1, event)}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          <input
            type="checkbox"
            tabIndex={-1}
            readOnly
            checked={isSelected}
            disabled={data === undefined}
            aria-label={look.selectWord(data?.label ?? '')}
          />
        </div>
        {shown.pinned.map(({ column, index }) => (
          <Cell key={column.key} {...props} column={column} index={index} isActive={index === activeColumn} />
        ))}
      </div>
      {shown.skippedPx > 0 && <div role="presentation" className="run-skipped" style={{ width: shown.skippedPx }} />}
      {shown.others.map(({ column, index }) => (
        <Cell key={column.key} {...props} column={column} index={index} isActive={index === activeColumn} />
      ))}
    </div>
  );
});

interface CellProps extends RunGridRowProps {
  column: GridColumn;
  index: number;
  isActive: boolean;
}

function Cell({ gridId, data, row, column, index, isActive, isHovered, look, onCell, onOpen, onEdit }: CellProps) {
  const { key, kind, widthPx } = column;
  const names = ['run-cell'];
  if (isActive) names.push('active');
  if (isNumeric(key, kind)) names.push('numeric');
  const id = cellId(gridId, row, index);
  const { text, detail, tooltip } =
    data === undefined ? { text: '' } : cellText(data, column, data.cells[index] ?? null, look);
  return (
    <div
      role="gridcell"
      id={id}
      aria-colindex={index + 2}
      className={names.join(' ')}
      style={{ width: widthPx }}
      title={tooltip ?? (text.length > 12 ? text : undefined)}
      onClick={(event) => onCell(row, index, event)}
    >
      {data !== undefined && <CellContent {...{ gridId, data, row, index, text, look, onOpen }} columnKey={key} />}
      {detail !== undefined && <span className="detail">{detail}</span>}
      {(isActive || isHovered) &&
        data !== undefined &&
        EDITABLE.includes(key) &&
        (key === 'tags' || data.runIds.length === 1) && (
          <button
            type="button"
            tabIndex={-1}
            className="edit"
            aria-label={look.t(key === 'tags' ? 'editTags' : 'editNote', { label: data.label })}
            onClick={(event) => {
              event.stopPropagation();
              onEdit(row, index, event.currentTarget);
            }}
          >
            <RowIcon gridId={gridId} name="edit" />
          </button>
        )}
    </div>
  );
}

interface CellContentProps extends Pick<RunGridRowProps, 'gridId' | 'row' | 'look' | 'onOpen'> {
  data: RunTableRow;
  columnKey: string;
  index: number;
  text: string;
}

function CellContent({ gridId, data, row, columnKey, index, text, look, onOpen }: CellContentProps) {
  const value = data.cells[index]?.value;
  if (columnKey === 'state') {
    const state = shownState(data);
    const inState = data.states[data.state] ?? 1;
    const total = data.runIds.length;
    return (
      <>
        <span className="state" style={{ color: `var(--mui-palette-status-${state})` }}>
          <RowIcon gridId={gridId} name={state} />
          {look.stateWord(state)}
        </span>
        {inState < total && <span className="detail">{`${inState}/${total}`}</span>}
      </>
    );
  }
  if (columnKey === 'tags' && Array.isArray(value)) {
    return value.map((tag) => (
      <span key={tag} className="tag">
        {tag}
      </span>
    ));
  }
  if (columnKey === 'label') {
    return (
      <a
        href={rowPath(data)}
        tabIndex={-1}
        className="label"
        onClick={(event) => {
          event.stopPropagation();
          // With these the browser opens the link elsewhere.
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          onOpen(row);
        }}
      >
        {text}
        {data.runIds.length > 1 && ` ${look.t('mean')}`}
      </a>
    );
  }
  return value === undefined ? <span className="missing">{text}</span> : text;
}
