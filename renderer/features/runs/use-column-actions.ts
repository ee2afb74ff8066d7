// What can be done to a column, by heading, menu or keys. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from '../../app/announce.ts';
import { formatCount } from '../../format.ts';
import type { GridColumn } from './columns.ts';
import { isMetric, movedColumns, nextSort, splitMetric, withPin } from './runs-view.ts';
import type { ColumnChoice } from './runs-view.ts';
import type { GridColumns } from './use-grid-columns.ts';
import type { RunsView } from './use-runs-view.ts';

export interface ColumnActions {
  sort: (key: string, keepOthers: boolean) => void;
  /** @param to index among all columns */
  move: (key: string, to: number) => void;
  hide: (key: string) => void;
  pin: (key: string, isPinned: boolean) => void;
  /** @param place `last`, `best`, `min`, `max`; null: as the table */
  setPlace: (key: string, place: string | null) => void;
  menuOf: (column: GridColumn, index: number, grid: GridColumns) => { label: string; run: () => void }[];
}

const WIDTH_STEP_PX = 16;
const PLACES = ['last', 'best', 'min', 'max'] as const;

export function useColumnActions({ columns, setColumns, sort, setSort }: RunsView): ColumnActions {
  const { t } = useTranslation('runs');
  return useMemo(() => {
    const replace = (key: string, next: (choice: ColumnChoice) => ColumnChoice) =>
      setColumns(columns.map((choice) => (choice.key === key ? next(choice) : choice)));
    const move = (key: string, to: number) => {
      const from = columns.findIndex((choice) => choice.key === key);
      const next = movedColumns(columns, from, to);
      const position = next.findIndex((choice) => choice.key === key);
      if (from === position) return;
      setColumns(next);
      announce(t('columnMoved', { position: formatCount(position + 1), count: next.length }));
    };
    const hide = (key: string) => setColumns(columns.filter((choice) => choice.key !== key));
    const pin = (key: string, isPinned: boolean) => setColumns(withPin(columns, key, isPinned));
    const setPlace = (key: string, place: string | null) => {
      const { name } = splitMetric(key);
      replace(key, (choice) => ({ ...choice, key: place === null ? name : `${name}@${place}` }));
    };
    const menuOf: ColumnActions['menuOf'] = ({ key, pinnedLeftPx }, index, grid) => [
      { label: t('sortAscending'), run: () => setSort([{ key, descending: false }]) },
      { label: t('sortDescending'), run: () => setSort([{ key, descending: true }]) },
      pinnedLeftPx === null
        ? { label: t('pin'), run: () => pin(key, true) }
        : { label: t('unpin'), run: () => pin(key, false) },
      { label: t('moveLeft'), run: () => move(key, index - 1) },
      { label: t('moveRight'), run: () => move(key, index + 1) },
      { label: t('wider'), run: () => grid.resize(key, WIDTH_STEP_PX) },
      { label: t('narrower'), run: () => grid.resize(key, -WIDTH_STEP_PX) },
      ...(isMetric(key)
        ? [
            { label: t('placeOfTable'), run: () => setPlace(key, null) },
            ...PLACES.map((place) => ({ label: t('placeOfColumn', { place }), run: () => setPlace(key, place) })),
          ]
        : []),
      { label: t('hide'), run: () => hide(key) },
    ];
    return { sort: (key, keepOthers) => setSort(nextSort(sort, key, keepOthers)), move, hide, pin, setPlace, menuOf };
  }, [columns, setColumns, sort, setSort, t]);
}
