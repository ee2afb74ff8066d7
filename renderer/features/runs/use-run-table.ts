// Rows of the table of runs, fetched page by page as they are scrolled to and again when runs change. Runs in the renderer.
import { useEffect, useMemo } from 'react';
import { keepPreviousData, useQueries, useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import type { HostEvent, HostParams, HostResult } from '../../../contracts/host-protocol.ts';
import type { RunTableQuery, RunTableResult, RunTableRow } from '../../../contracts/run-table.ts';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { hostQueryKey } from '../../connection/query-client.ts';

export const PAGE_ROWS = 200;
/** Fetched before they are scrolled to. */
const ROWS_AHEAD = 60;
/** Asked again at most this often: after a change of runs, and while live runs write metrics. */
const AFTER_CHANGE_MS = 500;
const AFTER_METRICS_MS = 2000;

function pageParameters(query: RunTableQuery, page: number): HostParams<'runTable'> {
  return { ...query, offset: page * PAGE_ROWS, limit: PAGE_ROWS };
}

/** The first page with the totals; the former answer stays until the next is there. */
export function useFirstPage(query: RunTableQuery) {
  return useHostQuery('runTable', pageParameters(query, 0), { placeholderData: keepPreviousData, staleTime: 0 });
}

/**
 * Rows by their index, of the pages that hold these rows; rows that are on their way are missing.
 * @param firstPage shown until the first page of a new query is there
 */
export function useRunRows(
  query: RunTableQuery,
  firstPage: RunTableResult,
  first: number,
  last: number,
  activeRow: number | null,
): (row: number) => RunTableRow | undefined {
  const connection = useHostConnection();
  const pages = useMemo(() => {
    const from = Math.floor(Math.max(0, first - ROWS_AHEAD) / PAGE_ROWS);
    const to = Math.floor(Math.min(firstPage.totalRows - 1, Math.max(first, last) + ROWS_AHEAD) / PAGE_ROWS);
    const shown = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const active = activeRow === null ? from : Math.floor(activeRow / PAGE_ROWS);
    return shown.includes(active) ? shown : [...shown, active];
  }, [first, last, activeRow, firstPage.totalRows]);
  const answers = useQueries({
    queries: pages.map((page) => {
      const parameters = pageParameters(query, page);
      return {
        queryKey: hostQueryKey('runTable', parameters),
        queryFn: ({ signal }: { signal: AbortSignal }) => connection.call('runTable', parameters, signal),
        staleTime: AFTER_METRICS_MS,
      };
    }),
  });
  return (row) => {
    const page = Math.floor(row / PAGE_ROWS);
    const answer = answers[pages.indexOf(page)]?.data ?? (page === 0 ? firstPage : undefined);
    return answer?.rows[row % PAGE_ROWS];
  };
}

/** Asks again for what is shown when runs change. */
export function useFreshRunTable(): void {
  const client = useQueryClient();
  const connection = useHostConnection();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let dueAtMs = Infinity;
    let isAsking = false;
    const schedule = (afterMs: number) => {
      const atMs = performance.now() + afterMs;
      if (dueAtMs <= atMs) return;
      if (timer !== null) clearTimeout(timer);
      dueAtMs = atMs;
      timer = setTimeout(() => void refresh(), afterMs);
    };
    const refresh = async () => {
      dueAtMs = Infinity;
      // An answer under way is waited for: asking anew each time would never let one arrive on a busy machine.
      if (document.hidden || isAsking) {
        schedule(AFTER_METRICS_MS);
        return;
      }
      isAsking = true;
      await client.invalidateQueries({ queryKey: hostQueryKey('runTable') });
      isAsking = false;
    };
    const end = connection.onEvents((events) => {
      if (events.some(changesRuns)) schedule(AFTER_CHANGE_MS);
      else if (events.some(({ type }) => type === 'metrics')) schedule(AFTER_METRICS_MS);
    });
    return () => {
      end();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client, connection]);
}

function changesRuns({ type }: HostEvent): boolean {
  return type === 'runChanged' || type === 'runsRemoved' || type === 'sweepsChanged';
}

/** Writes a cell of these runs' rows at once, before the host has answered. @returns takes it back */
export async function patchCell(
  client: QueryClient,
  ids: ReadonlySet<string>,
  key: string,
  value: string | string[],
): Promise<() => void> {
  // An answer on its way would show the old value once more.
  await client.cancelQueries({ queryKey: hostQueryKey('runTable') });
  const before = client.getQueriesData<HostResult<'runTable'>>({ queryKey: hostQueryKey('runTable') });
  for (const [queryKey, table] of before) {
    const column = table?.columns.findIndex((candidate) => candidate.key === key) ?? -1;
    if (table === undefined || column === -1) continue;
    const cell = value.length === 0 ? null : { value, interval: null, n: null };
    const rows = table.rows.map((row) =>
      row.runIds.every((id) => ids.has(id)) ? { ...row, cells: row.cells.with(column, cell) } : row,
    );
    client.setQueryData(queryKey, { ...table, rows });
  }
  return () => before.forEach(([queryKey, table]) => client.setQueryData(queryKey, table));
}
