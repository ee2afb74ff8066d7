// Queues the cells of the draft, with the undo that takes exactly these back. Runs in the renderer.
import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { RecipeSource } from '../../../contracts/methods/sweeps.ts';
import type { SweepStart } from '../../../contracts/sweep-report.ts';
import { showToast } from '../../app/toasts.ts';
import { offerUndo } from '../../app/undo.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import { hostQueryKey } from '../../connection/query-client.ts';

function queuedCount({ createdRunIds, requeuedRunIds, restoredRunIds }: SweepStart): number {
  return createdRunIds.length + requeuedRunIds.length + restoredRunIds.length;
}

export interface SweepStarting {
  isStarting: boolean;
  /** What was queued last, unless it was taken back. */
  started: { sweep: SweepStart; cells: number } | null;
  start: (source: RecipeSource) => Promise<void>;
}

export function useSweepStart(): SweepStarting {
  const { t } = useTranslation('newSweep');
  const connection = useHostConnection();
  const client = useQueryClient();
  const [isStarting, setStarting] = useState(false);
  const [started, setStarted] = useState<SweepStarting['started']>(null);

  const begin = async (source: RecipeSource) => {
    const sweep = await connection.call('runSweep', source);
    setStarted({ sweep, cells: queuedCount(sweep) });
    // What the estimate counted as missing is queued now.
    void client.invalidateQueries({ queryKey: hostQueryKey('preflightSweep') });
    return sweep;
  };
  const takeBack = async ({ sweepId, isNew, createdRunIds, requeuedRunIds, restoredRunIds }: SweepStart) => {
    await connection.call('undoStart', { sweep: sweepId, isNew, createdRunIds, requeuedRunIds, restoredRunIds });
    setStarted(null);
    void client.invalidateQueries({ queryKey: hostQueryKey('preflightSweep') });
  };
  const start = async (source: RecipeSource) => {
    setStarting(true);
    try {
      let latest = await begin(source);
      offerUndo({
        message: t('queued', { count: queuedCount(latest) }),
        undo: () => takeBack(latest),
        redo: async () => {
          latest = await begin(source);
        },
      });
    } catch (error) {
      showToast(errorMessage(error), { tone: 'failure' });
    } finally {
      setStarting(false);
    }
  };
  return { isStarting, started, start };
}
