// Selecting rows: one, a range, all that match. Rows that are not loaded are asked for. Runs in the renderer.
import { useRef } from 'react';
import type { RunTableQuery, RunTableResult, RunTableRow } from '../../../contracts/run-table.ts';
import { errorMessage } from '../../../contracts/app-error.ts';
import { addToSelection, clearSelection, setSelection, toggleSelected, useSelection } from '../../app/selection.ts';
import { showToast } from '../../app/toasts.ts';
import { useHostConnection } from '../../connection/hooks.ts';

export interface RowSelection {
  state: 'none' | 'some' | 'all';
  toggle: (row: number) => void;
  /** From the row that was toggled last. */
  extendTo: (row: number) => Promise<void>;
  /** All that match the filter; none where they are selected already. */
  toggleAll: () => Promise<void>;
  selectAll: () => Promise<void>;
}

export function useRowSelection(
  query: RunTableQuery,
  table: RunTableResult,
  rowAt: (row: number) => RunTableRow | undefined,
): RowSelection {
  const connection = useHostConnection();
  const anchor = useRef(0);
  const count = useSelection(({ ids }) => ids.size);
  const reported = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      showToast(errorMessage(error), { tone: 'failure' });
    }
  };
  const selectAll = () =>
    reported(async () => setSelection(await connection.call('matchingRuns', { filter: query.filter })));
  const state = count === 0 ? 'none' : count >= table.matchedRuns ? 'all' : 'some';
  return {
    state,
    selectAll,
    toggleAll: async () => (state === 'all' ? clearSelection() : selectAll()),
    toggle: (row) => {
      anchor.current = row;
      const data = rowAt(row);
      if (data !== undefined) toggleSelected(data.runIds);
    },
    extendTo: (row) =>
      reported(async () => {
        const [from, to] = [Math.min(anchor.current, row), Math.max(anchor.current, row)];
        const loaded = Array.from({ length: to - from + 1 }, (_, index) => rowAt(from + index));
        const known = loaded.filter((data) => data !== undefined);
        if (known.length === loaded.length) {
          addToSelection(known.flatMap(({ runIds }) => runIds));
          return;
        }
        const range = { ...query, columns: [], offset: from, limit: to - from + 1 };
        const { rows } = await connection.call('runTable', range);
        addToSelection(rows.flatMap(({ runIds }) => runIds));
      }),
  };
}
