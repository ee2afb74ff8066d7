// What can be done to a sweep from its own screen, each with its undo. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { HostParams } from '../../../contracts/host-protocol.ts';
import type { SweepGrid } from '../../../contracts/sweep-grid.ts';
import type { SweepStart } from '../../../contracts/sweep-report.ts';
import { download } from '../../app/download.ts';
import { reported } from '../../app/reported.ts';
import { showToast } from '../../app/toasts.ts';
import { offerUndo } from '../../app/undo.ts';
import { tableToCsv, tableToJson } from '../../charts/chart-table.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import { cellTable } from './score-words.ts';

export type Extension = Pick<HostParams<'extendSweep'>, 'seeds' | 'values' | 'steps'>;

export interface SweepActions {
  retryMissing: () => void;
  extend: (extension: Extension) => void;
  cancel: () => void;
  remove: () => void;
  exportCells: (format: 'csv' | 'json') => void;
}

export function useSweepActions(sweep: SweepGrid): SweepActions {
  const { t } = useTranslation('sweep');
  const connection = useHostConnection();
  const navigate = useNavigate();
  const { id } = sweep;
  const name = `s${sweep.number}`;
  return useMemo(() => {
    const queue = async (begin: () => Promise<SweepStart>) => {
      let latest = await begin();
      offerUndo({
        message: t('queued', { count: startedCells(latest) }),
        undo: () => {
          const { isNew, createdRunIds, requeuedRunIds, restoredRunIds } = latest;
          return connection.call('undoStart', { sweep: id, isNew, createdRunIds, requeuedRunIds, restoredRunIds });
        },
        redo: async () => {
          latest = await begin();
        },
      });
    };
    const cancel = async () => {
      const stop = () => connection.call('cancelSweep', { sweep: id });
      let latest = await stop();
      offerUndo({
        message: t('cancelled', { name, count: latest.cancelled }),
        undo: () => connection.call('undoCancel', { ids: latest.runIds }),
        redo: async () => {
          latest = await stop();
        },
      });
    };
    const remove = async () => {
      const takeOut = () => connection.call('removeSweeps', { sweeps: [id] });
      await takeOut();
      offerUndo({
        message: t('removed', { name }),
        undo: () => connection.call('restoreSweeps', { sweeps: [id] }),
        redo: takeOut,
      });
      void navigate('/');
    };
    return {
      retryMissing: () => void reported(queue)(() => connection.call('retryMissing', { sweep: id })),
      extend: (extension) =>
        void reported(queue)(() => connection.call('extendSweep', { sweep: id, ...extension, plan: false })),
      cancel: () => void reported(cancel)(),
      remove: () => void reported(remove)(),
      exportCells: (format) => {
        const table = cellTable(sweep);
        const fileName = `${name}-cells.${format}`;
        const [text, type] =
          format === 'csv' ? [tableToCsv(table), 'text/csv'] : [tableToJson(table), 'application/json'];
        download(new Blob([text], { type }), fileName);
        showToast(t('exported', { fileName }));
      },
    };
  }, [t, connection, navigate, sweep, id, name]);
}

/** Cells that wait now and did not before. */
export function startedCells({ createdRunIds, requeuedRunIds, restoredRunIds }: SweepStart): number {
  return createdRunIds.length + requeuedRunIds.length + restoredRunIds.length;
}
