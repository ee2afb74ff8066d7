// The cells of a sweep: one stop for Tab, arrows from place to place, only the rows that are seen are drawn. Runs in the
// renderer.
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import Box from '@mui/material/Box';
import type { SxProps, Theme } from '@mui/material/styles';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useTranslation } from 'react-i18next';
import type { ShownState } from '../../../contracts/run-state.ts';
import { ADAPTER_AXIS } from '../../../contracts/sweep-grid.ts';
import type { SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import { SHORTCUTS, actionOf } from '../../app/shortcuts.ts';
import { usePreferences } from '../../connection/preferences.ts';
import { ROW_HEIGHT_PX } from '../../theme/tokens.ts';
import { CellText, cellWords } from './CellText.tsx';
import type { Mode, SeedsShown } from './score-words.ts';
import type { GridItem, GridLayout } from './sweep-layout.ts';

export interface CellGridProps {
  label: string;
  layout: GridLayout;
  mode: Mode;
  seeds: SeedsShown;
  /** Lights up, with the point of the front that stands for it. */
  hovered: SweepGridSetting | null;
  onHover: (setting: SweepGridSetting | null) => void;
  selected: SweepGridSetting | null;
  best: SweepGridSetting | null;
  onChoose: (setting: SweepGridSetting) => void;
  onOpen: (setting: SweepGridSetting) => void;
}

const LABEL_WIDTH_PX = 260;
const CELL_WIDTH_PX = 200;
const OVERSCAN_ROWS = 8;
const MOST_HEIGHT_PX = 560;
const PAGE_ROWS = 10;

interface Place {
  item: number;
  column: number;
}

export function CellGrid(props: CellGridProps) {
  const { label, layout, mode, seeds, hovered, onHover, selected, best, onChoose, onOpen } = props;
  const { t } = useTranslation('sweep');
  const { t: shellText } = useTranslation('shell');
  const stateWord = (state: ShownState) => shellText(`states.${state}`);
  const gridId = useId();
  const scroll = useRef<HTMLDivElement>(null);
  const rowPx = ROW_HEIGHT_PX[usePreferences().density];
  const { items, columns } = layout;
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN_ROWS,
    scrollPaddingStart: rowPx,
  });
  useEffect(() => rows.measure(), [rows, rowPx]);
  const places = useMemo(() => filledPlaces(items), [items]);
  const [active, setActive] = useState<Place | null>(null);
  const current = active && settingAt(items, active) ? active : (places[0] ?? null);
  const shown = rows.getVirtualItems();
  const isShown = current !== null && shown.some(({ index }) => index === current.item);

  const onKeyDown = (event: KeyboardEvent) => {
    if (current === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = actionOf(event.nativeEvent, [
      [SHORTCUTS.open.ask, onOpen],
      [SHORTCUTS.select.space, onChoose],
    ]);
    if (act !== undefined) {
      const setting = settingAt(items, current);
      if (setting !== null) act(setting);
      event.preventDefault();
      return;
    }
    const next = nextPlace(places, current, event.key);
    if (next === null) return;
    event.preventDefault();
    setActive(next);
    onHover(settingAt(items, next));
    rows.scrollToIndex(next.item);
  };

  const axisName = (path: string) => (path === ADAPTER_AXIS ? t('adapter') : path);
  const widthPx = LABEL_WIDTH_PX + columns.length * CELL_WIDTH_PX;
  return (
    <Box
      ref={scroll}
      role="grid"
      aria-label={label}
      aria-rowcount={items.length + 1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={isShown ? placeId(gridId, current) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={() => onHover(null)}
      sx={GRID_STYLE}
      style={{ height: Math.min(MOST_HEIGHT_PX, (items.length + 1) * rowPx + 2) }}
    >
      <div role="row" aria-rowindex={1} className="head" style={{ width: widthPx, height: rowPx }}>
        <div role="columnheader" aria-colindex={1} className="label">
          {layout.rowPath === null || layout.columnPath === null
            ? t('setting')
            : t('rowsByColumns', { rows: axisName(layout.rowPath), columns: axisName(layout.columnPath) })}
        </div>
        {columns.map((column, index) => (
          <div key={column} role="columnheader" aria-colindex={index + 2} className="cell">
            {layout.columnPath === null ? t(`accuracyOf.${mode}`) : column}
          </div>
        ))}
      </div>
      <div role="rowgroup" style={{ height: rows.getTotalSize(), width: widthPx, position: 'relative' }}>
        {shown.map(({ index, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          const style = { transform: `translateY(${start}px)`, width: widthPx, height: rowPx };
          if (item.kind === 'heading') {
            return (
              <div key={index} role="row" aria-rowindex={index + 2} className="row heading" style={style}>
                <div role="gridcell" aria-colindex={1} aria-colspan={columns.length + 1}>
                  {item.values === null
                    ? t('baselines')
                    : item.values.map(({ path, value }) => `${axisName(path)} ${value}`).join(' · ')}
                </div>
              </div>
            );
          }
          return (
            <div key={index} role="row" aria-rowindex={index + 2} className="row" style={style}>
              <div role="rowheader" aria-colindex={1} className="label" title={item.label}>
                <span>{item.label}</span>
              </div>
              {item.settings.map((setting, column) => (
                <div
                  key={columns[column] ?? column}
                  id={placeId(gridId, { item: index, column })}
                  role="gridcell"
                  aria-colindex={column + 2}
                  aria-selected={setting === null ? undefined : setting === selected}
                  aria-label={setting === null ? undefined : cellWords(setting, mode, seeds, t, stateWord)}
                  className={[
                    'cell',
                    ...(setting === null ? [] : ['filled']),
                    ...(current?.item === index && current.column === column ? ['active'] : []),
                    ...(setting !== null && setting === best ? ['best'] : []),
                    ...(setting !== null && setting === hovered ? ['lit'] : []),
                  ].join(' ')}
                  title={setting === null ? undefined : cellWords(setting, mode, seeds, t, stateWord)}
                  onMouseEnter={() => onHover(setting)}
                  onMouseLeave={() => onHover(null)}
                  onClick={() => {
                    if (setting === null) return;
                    setActive({ item: index, column });
                    onChoose(setting);
                  }}
                  onDoubleClick={() => setting !== null && onOpen(setting)}
                >
                  {setting !== null && <CellText {...{ setting, mode, seeds }} />}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </Box>
  );
}

function placeId(gridId: string, { item, column }: Place): string {
  return `${gridId}-${item}-${column}`;
}

function settingAt(items: readonly GridItem[], { item, column }: Place): SweepGridSetting | null {
  const row = items[item];
  return row?.kind === 'row' ? (row.settings[column] ?? null) : null;
}

function filledPlaces(items: readonly GridItem[]): Place[] {
  return items.flatMap((row, item) =>
    row.kind === 'row' ? row.settings.flatMap((setting, column) => (setting === null ? [] : [{ item, column }])) : [],
  );
}

/** The next filled place in the key's direction; null where the key means none. */
function nextPlace(places: readonly Place[], from: Place, key: string): Place | null {
  const index = places.findIndex(({ item, column }) => item === from.item && column === from.column);
  const below = places.filter(({ item }) => item > from.item);
  const above = places.filter(({ item }) => item < from.item);
  /** In the same column where that row has it, else the row's first. */
  const inRow = (row: Place | undefined) =>
    row && (places.find(({ item, column }) => item === row.item && column === from.column) ?? row);
  const rowsAway = (rows: readonly Place[], count: number) => {
    const distinct = [...new Set(rows.map(({ item }) => item))];
    const target = distinct[Math.min(count, distinct.length) - 1];
    return inRow(rows.find(({ item }) => item === target));
  };
  const moves: Record<string, () => Place | undefined> = {
    ArrowLeft: () => places[index - 1],
    ArrowRight: () => places[index + 1],
    ArrowDown: () => rowsAway(below, 1),
    ArrowUp: () => rowsAway(above.toReversed(), 1),
    PageDown: () => rowsAway(below, PAGE_ROWS),
    PageUp: () => rowsAway(above.toReversed(), PAGE_ROWS),
    Home: () => places[0],
    End: () => places.at(-1),
  };
  return moves[key]?.() ?? null;
}

/** One style sheet for all cells: a styled component a cell would make scrolling slow. */
const GRID_STYLE: SxProps<Theme> = {
  overflow: 'auto',
  border: 1,
  borderColor: 'divider',
  borderRadius: 1,
  bgcolor: 'background.paper',
  typography: 'body2',
  overscrollBehavior: 'contain',
  '& .head, & .row, & [role="rowgroup"]': { minWidth: '100%' },
  '& .head': {
    position: 'sticky',
    top: 0,
    zIndex: 3,
    display: 'flex',
    bgcolor: 'studio.sunken',
    fontWeight: 600,
  },
  '& .row': {
    position: 'absolute',
    insetInlineStart: 0,
    top: 0,
    display: 'flex',
    boxSizing: 'border-box',
    borderBottom: '1px solid var(--mui-palette-divider)',
    backgroundColor: 'var(--mui-palette-background-paper)',
  },
  '& .row.heading': { backgroundColor: 'var(--mui-palette-studio-sunken)', alignItems: 'center', fontWeight: 600 },
  '& .row.heading > div': { position: 'sticky', left: 0, px: 3, whiteSpace: 'nowrap' },
  '& .label, & .cell': {
    flex: 'none',
    display: 'flex',
    alignItems: 'center',
    px: 3,
    boxSizing: 'border-box',
    overflow: 'hidden',
    whiteSpace: 'nowrap',
  },
  '& .label': {
    width: LABEL_WIDTH_PX,
    position: 'sticky',
    left: 0,
    zIndex: 1,
    backgroundColor: 'inherit',
    '& > span': { overflow: 'hidden', textOverflow: 'ellipsis' },
  },
  '& .cell': { width: CELL_WIDTH_PX },
  '& .cell.filled': { cursor: 'pointer', '&:hover': { backgroundColor: 'var(--mui-palette-studio-sunken)' } },
  '& .cell.lit': { outline: '2px solid var(--mui-palette-primary-main)', outlineOffset: '-2px' },
  '& .cell.best': { fontWeight: 600 },
  '& .cell[aria-selected="true"]': {
    backgroundColor: 'var(--mui-palette-studio-selectedRow)',
    boxShadow: 'inset 3px 0 0 var(--mui-palette-primary-main)',
  },
  '& .seeds': { color: 'text.secondary', fontWeight: 400 },
  '&:focus-visible .cell.active': { outline: '2px solid var(--mui-palette-primary-main)', outlineOffset: '-2px' },
  '&:focus-visible[aria-activedescendant]': { outline: 'none' },
};
