// The table's view in the address, with the user's columns where the address names none. Runs in the renderer.
import { useCallback, useMemo } from 'react';
import { z } from 'zod';
import type { RunTableQuery } from '../../../contracts/run-table.ts';
import { useQueryState } from '../../app/query-state.ts';
import { usePreferences, useSetPreferences } from '../../connection/preferences.ts';
import {
  DEFAULT_COLUMNS,
  formatColumns,
  formatSort,
  parseColumns,
  parsePlace,
  parseSort,
  queryKey,
} from './runs-view.ts';
import type { ColumnChoice, MetricPlace, Sort } from './runs-view.ts';

/** What the host keeps of this table among the preferences; anything else reads as the defaults. */
const TablePreferences = z
  .object({ columns: z.string(), widths: z.record(z.string(), z.number().min(0)) })
  .catch({ columns: DEFAULT_COLUMNS, widths: {} });
type TablePreferences = z.infer<typeof TablePreferences>;

export interface RunsView {
  filter: string;
  setFilter: (filter: string) => void;
  sort: Sort;
  setSort: (sort: Sort) => void;
  /** Column key; empty: no groups. */
  group: string;
  setGroup: (group: string) => void;
  columns: readonly ColumnChoice[];
  setColumns: (columns: readonly ColumnChoice[]) => void;
  /** Pixels by column key. */
  widths: Readonly<Record<string, number>>;
  setWidths: (widths: Readonly<Record<string, number>>) => void;
  place: MetricPlace;
  setPlace: (place: MetricPlace) => void;
  /** One row for runs that differ in their seed alone. */
  isMeanOfSeeds: boolean;
  setMeanOfSeeds: (isMean: boolean) => void;
  query: RunTableQuery;
}

export function useRunsView(): RunsView {
  const [search, setSearch] = useQueryState<string>('q', '');
  const [ownFilter, setOwnFilter] = useQueryState<string>('filter', '');
  const [sortText, setSortText] = useQueryState<string>('sort', '');
  const [group, setGroup] = useQueryState<string>('group', '');
  const [columnText, setColumnText] = useQueryState<string>('cols', '');
  const [placeText, setPlaceText] = useQueryState<string>('agg', 'last');
  const [seeds, setSeeds] = useQueryState<'each' | 'mean'>('seeds', 'each');
  const [preferences, setTable] = useTablePreferences();

  const filter = [search, ownFilter].filter(Boolean).join(' ');
  const shownColumns = columnText || preferences.columns;
  const columns = useMemo(() => parseColumns(shownColumns), [shownColumns]);
  const sort = useMemo(() => parseSort(sortText), [sortText]);
  const place = parsePlace(placeText) ?? 'last';
  const isMeanOfSeeds = seeds === 'mean';
  const query = useMemo(
    (): RunTableQuery => ({
      columns: columns.map(({ key }) => queryKey(key, place)),
      filter,
      sort: sort.map(({ key, descending }) => ({ key: queryKey(key, place), descending })),
      group: group === '' ? null : queryKey(group, place),
      aggregateSeeds: isMeanOfSeeds,
      runs: null,
    }),
    [columns, filter, sort, group, place, isMeanOfSeeds],
  );
  return {
    ...{ filter, sort, group, setGroup, columns, place, isMeanOfSeeds, query },
    setFilter: useCallback(
      (next: string) => {
        setSearch('');
        setOwnFilter(next);
      },
      [setSearch, setOwnFilter],
    ),
    setSort: useCallback((next: Sort) => setSortText(formatSort(next)), [setSortText]),
    setColumns: useCallback(
      (next: readonly ColumnChoice[]) => {
        setColumnText(formatColumns(next));
        setTable({ columns: formatColumns(next) });
      },
      [setColumnText, setTable],
    ),
    widths: preferences.widths,
    setWidths: useCallback(
      (widths: Readonly<Record<string, number>>) => setTable({ widths: { ...widths } }),
      [setTable],
    ),
    setPlace: setPlaceText,
    setMeanOfSeeds: useCallback((isMean: boolean) => setSeeds(isMean ? 'mean' : 'each'), [setSeeds]),
  };
}

function useTablePreferences(): [TablePreferences, (change: Partial<TablePreferences>) => void] {
  const stored = usePreferences().tables['runs'];
  const setPreferences = useSetPreferences();
  const current = useMemo(() => TablePreferences.parse(stored), [stored]);
  const set = useCallback(
    (change: Partial<TablePreferences>) => setPreferences({ tables: { runs: { ...current, ...change } } }),
    [setPreferences, current],
  );
  return [current, set];
}
