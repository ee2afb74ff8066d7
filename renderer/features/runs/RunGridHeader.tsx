// Headings of the table of runs: a click sorts, a drag moves, the edge resizes, the menu does the rest. Runs in the renderer.
import { useState } from 'react';
import { DndContext, PointerSensor, closestCenter, useSensor, useSensors } from '@dnd-kit/core';
import { SortableContext, horizontalListSortingStrategy, useSortable } from '@dnd-kit/sortable';
import AscendingIcon from '@mui/icons-material/ArrowUpward';
import DescendingIcon from '@mui/icons-material/ArrowDownward';
import MenuIcon from '@mui/icons-material/ExpandMore';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useTranslation } from 'react-i18next';
import { SELECT_WIDTH_PX, isNumeric } from './columns.ts';
import type { GridColumn } from './columns.ts';
import type { ColumnActions } from './use-column-actions.ts';
import { cellId } from './RunGridRow.tsx';
import type { Sort } from './runs-view.ts';
import type { GridColumns } from './use-grid-columns.ts';

/** A press that moves less is a click. */
const LEAST_DRAG_PX = 4;
/** The row of headings, where cells are named by row. */
export const HEADER_ROW = -1;

export interface RunGridHeaderProps {
  gridId: string;
  grid: GridColumns;
  sort: Sort;
  actions: ColumnActions;
  activeColumn: number | null;
  /** The column whose menu is open. */
  menuColumn: number | null;
  onMenu: (column: number | null) => void;
  selection: 'none' | 'some' | 'all';
  onSelectAll: () => void;
}

export function RunGridHeader(props: RunGridHeaderProps) {
  const { gridId, grid, actions, activeColumn, menuColumn, onMenu, selection, onSelectAll } = props;
  const { t } = useTranslation('runs');
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: LEAST_DRAG_PX } }));
  const keys = grid.columns.map(({ key }) => key);
  return (
    <div role="rowgroup" className="run-head" style={{ width: grid.totalWidthPx }}>
      <div role="row" aria-rowindex={1} className="run-head-row">
        <div
          role="columnheader"
          id={cellId(gridId, HEADER_ROW, -1)}
          aria-colindex={1}
          className={activeColumn === -1 ? 'run-cell pinned active' : 'run-cell pinned'}
          style={{ width: SELECT_WIDTH_PX, left: 0 }}
        >
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={t('selectAll')}
            checked={selection === 'all'}
            ref={(box) => {
              if (box !== null) box.indeterminate = selection === 'some';
            }}
            onChange={onSelectAll}
          />
        </div>
        <DndContext
          sensors={sensors}
          collisionDetection={closestCenter}
          // What drags say to screen readers stands outside: a row holds headings alone.
          accessibility={{ container: document.body }}
          onDragEnd={({ active, over }) => {
            if (over !== null) actions.move(String(active.id), keys.indexOf(String(over.id)));
          }}
        >
          <SortableContext items={keys} strategy={horizontalListSortingStrategy}>
            {grid.columns.map((column, index) => (
              <Heading
                key={column.key}
                {...props}
                column={column}
                index={index}
                isMenuOpen={menuColumn === index}
                onMenu={(isOpen) => onMenu(isOpen ? index : null)}
              />
            ))}
          </SortableContext>
        </DndContext>
      </div>
    </div>
  );
}

interface HeadingProps extends Omit<RunGridHeaderProps, 'onMenu' | 'menuColumn'> {
  column: GridColumn;
  index: number;
  isMenuOpen: boolean;
  onMenu: (isOpen: boolean) => void;
}

const ARIA_SORT = { ascending: 'ascending', descending: 'descending', none: 'none' } as const;

function Heading({ gridId, grid, sort, actions, activeColumn, column, index, isMenuOpen, onMenu }: HeadingProps) {
  const { key, kind, title, widthPx, pinnedLeftPx } = column;
  const { t } = useTranslation('runs');
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { setNodeRef, listeners, transform, transition, isDragging } = useSortable({ id: key });
  const place = sort.findIndex((entry) => entry.key === key);
  const direction = place === -1 ? 'none' : sort[place]?.descending ? 'descending' : 'ascending';
  const names = ['run-cell'];
  if (pinnedLeftPx !== null) names.push('pinned');
  if (index === activeColumn) names.push('active');
  if (isNumeric(key, kind)) names.push('numeric');
  return (
    <div
      role="columnheader"
      id={cellId(gridId, HEADER_ROW, index)}
      aria-colindex={index + 2}
      aria-sort={ARIA_SORT[direction]}
      ref={setNodeRef}
      className={names.join(' ')}
      style={{
        width: widthPx,
        ...(pinnedLeftPx === null ? {} : { left: pinnedLeftPx }),
        ...(transform === null ? {} : { transform: `translateX(${transform.x}px)` }),
        transition,
        zIndex: isDragging ? 4 : undefined,
      }}
      title={key}
    >
      <button
        type="button"
        tabIndex={-1}
        className="run-sort"
        {...listeners}
        onClick={(event) => actions.sort(key, event.shiftKey)}
      >
        <span>{title}</span>
        {direction === 'ascending' && <AscendingIcon aria-hidden sx={{ fontSize: 14 }} />}
        {direction === 'descending' && <DescendingIcon aria-hidden sx={{ fontSize: 14 }} />}
        {place >= 0 && sort.length > 1 && <small>{place + 1}</small>}
      </button>
      <button
        type="button"
        tabIndex={-1}
        ref={setAnchor}
        className="run-menu"
        aria-label={t('columnMenu', { column: title })}
        aria-haspopup="menu"
        aria-expanded={isMenuOpen}
        onClick={() => onMenu(true)}
      >
        <MenuIcon sx={{ fontSize: 16 }} />
      </button>
      <div
        className="run-resize"
        onPointerDown={(event) => event.stopPropagation()}
        onMouseDown={(event) => grid.startResize(key, event)}
        onTouchStart={(event) => grid.startResize(key, event)}
        onDoubleClick={() => grid.resetSize(key)}
        aria-hidden
      />
      <Menu anchorEl={anchor} open={isMenuOpen} onClose={() => onMenu(false)}>
        {actions.menuOf(column, index, grid).map(({ label, run }) => (
          <MenuItem
            key={label}
            onClick={() => {
              onMenu(false);
              run();
            }}
          >
            {label}
          </MenuItem>
        ))}
      </Menu>
    </div>
  );
}
