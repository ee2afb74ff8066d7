// What can be done to selected runs, each with its undo. Runs in the renderer.
import { useMemo } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { RunTableQuery } from '../../../contracts/run-table.ts';
import { download } from '../../app/download.ts';
import { setSelection, useSelection } from '../../app/selection.ts';
import { showToast } from '../../app/toasts.ts';
import { offerUndo } from '../../app/undo.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import type { HostConnection } from '../../connection/host-connection.ts';
import { runTableParameters } from '../../connection/run-table.ts';
import { formatCount } from '../../format.ts';
import { patchCell } from './use-run-table.ts';

/** What the host takes in one call. */
const MOST_IDS = 5000;

export interface RunActions {
  tag: (ids: readonly string[], add: readonly string[], remove: readonly string[]) => Promise<void>;
  note: (id: string, notes: string, before: string) => Promise<void>;
  retry: (ids: readonly string[]) => Promise<void>;
  remove: (ids: readonly string[]) => Promise<void>;
  exportTable: (query: RunTableQuery, format: 'csv' | 'json') => Promise<void>;
}

export function useRunActions(): RunActions {
  const connection = useHostConnection();
  const client = useQueryClient();
  const { t } = useTranslation('runs');
  return useMemo(() => {
    const reported =
      <Parameters extends unknown[]>(action: (...parameters: Parameters) => Promise<unknown>) =>
      async (...parameters: Parameters): Promise<void> => {
        try {
          await action(...parameters);
        } catch (error) {
          showToast(errorMessage(error), { tone: 'failure' });
        }
      };
    const counted = (ids: readonly string[]) => ({ count: ids.length, text: formatCount(ids.length) });

    const tag = async (ids: readonly string[], add: readonly string[], remove: readonly string[]) => {
      const changes = await tagChanges(connection, ids, add, remove);
      const apply = (isUndo: boolean) =>
        Promise.all(
          changes.flatMap(({ tag: name, isAdded, ids: changed }) =>
            inChunks(changed).map((chunk) =>
              connection.call('tagRuns', {
                ids: chunk,
                ...(isAdded === isUndo ? { add: [], remove: [name] } : { add: [name], remove: [] }),
              }),
            ),
          ),
        );
      await apply(false);
      offerUndo({ message: t('tagged', counted(ids)), undo: () => apply(true), redo: () => apply(false) });
    };
    const note = async (id: string, notes: string, before: string) => {
      const put = async (text: string) => {
        const takeBack = await patchCell(client, new Set([id]), 'note', text);
        try {
          await connection.call('noteRun', { id, notes: text });
        } catch (error) {
          takeBack();
          throw error;
        }
      };
      await put(notes);
      offerUndo({ message: t('noted'), undo: () => put(before), redo: () => put(notes) });
    };
    const retry = async (ids: readonly string[]) => {
      const again = async () => {
        const answers = await Promise.all(inChunks(ids).map((chunk) => connection.call('retryRuns', { ids: chunk })));
        return answers.flat().map(({ id }) => id);
      };
      let queued = await again();
      if (queued.length === 0) {
        showToast(t('nothingToRetry'));
        return;
      }
      offerUndo({
        message: t('retried', counted(queued)),
        undo: () => Promise.all(inChunks(queued).map((chunk) => connection.call('undoRetry', { ids: chunk }))),
        redo: async () => {
          queued = await again();
        },
      });
    };
    const remove = async (ids: readonly string[]) => {
      const takeOut = async () => {
        await Promise.all(inChunks(ids).map((chunk) => connection.call('removeRuns', { ids: chunk })));
        const gone = new Set(ids);
        setSelection([...useSelection.getState().ids].filter((id) => !gone.has(id)));
      };
      await takeOut();
      offerUndo({
        message: t('removed', counted(ids)),
        undo: () => Promise.all(inChunks(ids).map((chunk) => connection.call('restoreRuns', { ids: chunk }))),
        redo: takeOut,
      });
    };
    const exportTable = async (query: RunTableQuery, format: 'csv' | 'json') => {
      const { mediaType, rows, text } = await connection.call('exportRunTable', { ...query, format });
      download(new Blob([text], { type: mediaType }), `runs.${format}`);
      showToast(t('exported', { count: rows, text: formatCount(rows), file: `runs.${format}` }));
    };
    return {
      tag: reported(tag),
      note: reported(note),
      retry: reported(retry),
      remove: reported(remove),
      exportTable: reported(exportTable),
    };
  }, [connection, client, t]);
}

function inChunks(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / MOST_IDS);
  return Array.from({ length: count }, (_, index) => ids.slice(index * MOST_IDS, (index + 1) * MOST_IDS));
}

/** By tag, the runs that it really changes: an undo must leave alone those that had it before. */
async function tagChanges(
  connection: HostConnection,
  ids: readonly string[],
  add: readonly string[],
  remove: readonly string[],
): Promise<{ tag: string; isAdded: boolean; ids: string[] }[]> {
  const { rows } = await connection.call('runTable', runTableParameters({ columns: ['tags'], runs: [...ids] }));
  const tagsOf = new Map(rows.map(({ id, cells }) => [id, Array.isArray(cells[0]?.value) ? cells[0].value : []]));
  const has = (id: string, tag: string) => tagsOf.get(id)?.includes(tag) ?? false;
  return [
    ...add.map((tag) => ({ tag, isAdded: true, ids: ids.filter((id) => !has(id, tag)) })),
    ...remove.map((tag) => ({ tag, isAdded: false, ids: ids.filter((id) => has(id, tag)) })),
  ].filter((change) => change.ids.length > 0);
}
