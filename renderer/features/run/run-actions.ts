// What can be done to a run from its own screen, each with its undo. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { RunOverview } from '../../../contracts/run-overview.ts';
import { copyText } from '../../app/clipboard.ts';
import { showToast } from '../../app/toasts.ts';
import { offerUndo } from '../../app/undo.ts';
import { tableToCsv } from '../../charts/chart-table.ts';
import { download } from '../../charts/export.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import { formatCount, formatFileSize, formatSetting } from '../../format.ts';
import { metricTable } from './metric-table.ts';

export interface RunActions {
  pause: () => void;
  /** Queues it again: goes on from its last checkpoint. */
  resume: () => void;
  cancel: () => void;
  moveToTop: () => void;
  retryWithRate: (learningRate: number) => void;
  remove: () => void;
  copyAdapter: () => void;
  exportMetrics: () => void;
  exportRun: () => void;
}

export function useRunActions({ run }: RunOverview): RunActions {
  const { t } = useTranslation('run');
  const connection = useHostConnection();
  const navigate = useNavigate();
  const { id, number } = run;
  return useMemo(() => {
    /** Whatever the host refuses is told. */
    const reported = (act: () => Promise<unknown>) => () => {
      act().catch((error: unknown) => showToast(errorMessage(error), { tone: 'failure' }));
    };
    const name = `r${number}`;
    const resume = async () => {
      await connection.call('retryRuns', { ids: [id] });
      offerUndo({
        message: t('queuedAgain', { name }),
        undo: () => connection.call('undoRetry', { ids: [id] }),
        redo: () => connection.call('retryRuns', { ids: [id] }),
      });
    };
    const cancel = async () => {
      const stop = () => connection.call('cancelRun', { id });
      const { lastStep } = await stop();
      offerUndo({
        message: t('stoppedAt', { name, step: formatCount(lastStep) }),
        undo: () => connection.call('undoCancel', { ids: [id] }),
        redo: stop,
      });
    };
    const remove = async () => {
      const takeOut = () => connection.call('removeRuns', { ids: [id] });
      await takeOut();
      offerUndo({
        message: t('removed', { name }),
        undo: () => connection.call('restoreRuns', { ids: [id] }),
        redo: takeOut,
      });
      void navigate('/');
    };
    const retryWithRate = async (learningRate: number) => {
      const begin = () => connection.call('retryWithChanges', { id, changes: { learningRate } });
      const { run: next } = await begin();
      offerUndo({
        message: t('queuedWithRate', { name: `r${next.number}`, rate: formatSetting(learningRate) }),
        undo: () => connection.call('removeRuns', { ids: [next.id] }),
        redo: begin,
      });
      void navigate(`/runs/r${next.number}`);
    };
    const detail = () => connection.call('showRun', { id, completions: 0 });
    return {
      pause: reported(() => connection.call('pauseRun', { id })),
      resume: reported(resume),
      cancel: reported(cancel),
      moveToTop: reported(() => connection.call('moveInQueue', { ids: [id], position: 0 })),
      retryWithRate: (learningRate: number) => reported(() => retryWithRate(learningRate))(),
      remove: reported(remove),
      copyAdapter: reported(async () => {
        const { text, trainableNumbers, sizeBytes } = await connection.call('exportAdapterLine', { id });
        const count = { count: trainableNumbers, numbers: formatCount(trainableNumbers) };
        await copyText(text, t('adapterCopied', { ...count, size: formatFileSize(sizeBytes) }));
      }),
      exportMetrics: reported(async () => {
        const { metrics } = await detail();
        download(new Blob([tableToCsv(metricTable(metrics))], { type: 'text/csv' }), `${name}-metrics.csv`);
        showToast(t('exported', { fileName: `${name}-metrics.csv` }));
      }),
      exportRun: reported(async () => {
        const text = JSON.stringify(await detail(), null, 2);
        download(new Blob([text], { type: 'application/json' }), `${name}.json`);
        showToast(t('exported', { fileName: `${name}.json` }));
      }),
    };
  }, [connection, navigate, t, id, number]);
}

/** A learning rate that a run which diverged is tried again with: a third, one digit long. */
export function gentlerRate(learningRate: number): number {
  return Number((learningRate / 3).toPrecision(1));
}
