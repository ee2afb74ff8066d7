// What can be done to the queue, each with its undo. Runs in the renderer.
import { useMemo } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { HostResult } from '../../../contracts/host-protocol.ts';
import type { Queue, QueueEntry } from '../../../contracts/queue.ts';
import type { RunConfig } from '../../../contracts/run-config.ts';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { runLabel } from '../../app/run-names.ts';
import { showToast } from '../../app/toasts.ts';
import { offerUndo } from '../../app/undo.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import { hostQueryKey } from '../../connection/query-client.ts';
import { formatSetting } from '../../format.ts';
import { QUEUE_PARAMETERS } from './use-queue.ts';

/** The order after `id` was put at `position`, as the host will answer. */
export function movedEntries(waiting: readonly QueueEntry[], id: string, position: number): QueueEntry[] {
  const entry = waiting.find(({ run }) => run.id === id);
  const others = waiting.filter(({ run }) => run.id !== id);
  return entry === undefined ? [...waiting] : others.toSpliced(position, 0, entry);
}

export interface QueueActions {
  /** @param position from 0 */
  move: (id: string, position: number) => Promise<void>;
  pause: (entry: QueueEntry) => Promise<void>;
  cancel: (entry: QueueEntry) => Promise<void>;
  remove: (entry: QueueEntry) => Promise<void>;
  continueRun: (id: string) => Promise<void>;
  retryMissing: (sweep: string) => Promise<void>;
  acknowledge: (id: string) => Promise<void>;
  /** @param before what it is now, for undo */
  edit: (run: RunSummary, before: RunConfig, after: RunConfig) => Promise<void>;
  retryWithLearningRate: (run: RunSummary, learningRate: number) => Promise<void>;
  pauseAfterCurrent: () => Promise<void>;
  pauseAll: () => Promise<void>;
  resume: () => Promise<void>;
  setContinueAfterFailure: (enabled: boolean) => Promise<void>;
  runDemo: () => Promise<void>;
}

function withPausing(queue: Queue, id: string): Queue {
  const running = queue.running.map((entry) =>
    entry.run.id === id ? { ...entry, pending: 'pausing' as const } : entry,
  );
  return { ...queue, running };
}

export function useQueueActions(): QueueActions {
  const connection = useHostConnection();
  const client = useQueryClient();
  const { t } = useTranslation('home');
  return useMemo(() => {
    const key = hostQueryKey('listQueue', QUEUE_PARAMETERS);
    /** A failure is a toast with the host's own words. */
    const reported =
      <Parameters extends unknown[]>(action: (...parameters: Parameters) => Promise<unknown>) =>
      async (...parameters: Parameters): Promise<void> => {
        try {
          await action(...parameters);
        } catch (error) {
          showToast(errorMessage(error), { tone: 'failure' });
        }
      };

    const put = async (id: string, position: number) => {
      // An answer on its way knows the old order and would show it once more.
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData<Queue>(key);
      if (before) client.setQueryData<Queue>(key, { ...before, waiting: movedEntries(before.waiting, id, position) });
      try {
        return await connection.call('moveInQueue', { ids: [id], position });
      } catch (error) {
        client.setQueryData(key, before);
        throw error;
      }
    };
    const move = async (id: string, position: number) => {
      const queue = client.getQueryData<Queue>(key);
      const from = queue?.waiting.findIndex(({ run }) => run.id === id) ?? -1;
      if (queue === undefined || from === -1 || from === position) return;
      const moving = put(id, position);
      const message = t('movedTo', { position: position + 1, count: queue.waitingCount });
      // The order is shown before the host has answered: it can be taken back from then on.
      const forget = offerUndo({
        message,
        undo: async () => {
          await moving;
          await put(id, from);
        },
        redo: () => put(id, position),
      });
      await moving.catch((error: unknown) => {
        forget();
        throw error;
      });
    };
    const pause = async ({ run }: QueueEntry) => {
      await client.cancelQueries({ queryKey: key });
      // Said at once: on a busy machine the host's answer can take longer than a click may.
      client.setQueryData<Queue>(key, (queue) => queue && withPausing(queue, run.id));
      try {
        await connection.call('pauseRun', { id: run.id });
      } catch (error) {
        await client.invalidateQueries({ queryKey: key });
        throw error;
      }
    };
    const cancel = async ({ run }: QueueEntry) => {
      const stop = () => connection.call('cancelRun', { id: run.id });
      const { lastStep } = await stop();
      offerUndo({
        message: t('stoppedAt', { label: runLabel(run), step: lastStep }),
        undo: () => connection.call('undoCancel', { ids: [run.id] }),
        redo: stop,
      });
    };
    const remove = async ({ run }: QueueEntry) => {
      const takeOut = () => connection.call('removeRuns', { ids: [run.id] });
      await takeOut();
      offerUndo({
        message: t('removed', { label: runLabel(run) }),
        undo: () => connection.call('restoreRuns', { ids: [run.id] }),
        redo: takeOut,
      });
    };
    const edit = async (run: RunSummary, before: RunConfig, after: RunConfig) => {
      // An edited run has another id and keeps its short name.
      const put = (config: RunConfig) => connection.call('editQueuedRun', { id: `r${run.number}`, config });
      const edited = await put(after);
      offerUndo({
        message: t('edited', { label: runLabel(edited.run) }),
        undo: () => put(before),
        redo: () => put(after),
      });
    };
    const retryWithLearningRate = async ({ id }: RunSummary, learningRate: number) => {
      const again = () => connection.call('retryWithChanges', { id, changes: { learningRate } });
      let queued = await again();
      offerUndo({
        message: t('queuedWithLr', { label: `r${queued.run.number}`, value: formatSetting(learningRate) }),
        undo: () => connection.call('removeRuns', { ids: [queued.run.id] }),
        redo: async () => {
          queued = await again();
        },
      });
      await connection.call('acknowledgeFailures', { ids: [id] });
    };
    const start = async (begin: () => Promise<Started>, message: (count: number) => string) => {
      const started = await begin();
      let latest = started;
      offerUndo({
        message: message(started.createdRunIds.length + started.requeuedRunIds.length + started.restoredRunIds.length),
        undo: () => connection.call('undoStart', undoOf(latest)),
        redo: async () => {
          latest = await begin();
        },
      });
    };
    return {
      move: reported(move),
      pause: reported(pause),
      cancel: reported(cancel),
      remove: reported(remove),
      continueRun: reported((id: string) => connection.call('retryRuns', { ids: [id] })),
      retryMissing: reported((sweep: string) =>
        start(
          () => connection.call('retryMissing', { sweep }),
          (count) => t('queuedAgain', { count }),
        ),
      ),
      acknowledge: reported((id: string) => connection.call('acknowledgeFailures', { ids: [id] })),
      edit: reported(edit),
      retryWithLearningRate: reported(retryWithLearningRate),
      pauseAll: reported(() => connection.call('pauseAll', {})),
      pauseAfterCurrent: reported(() => connection.call('pauseAfterCurrent', {})),
      resume: reported(() => connection.call('resumeQueue', {})),
      setContinueAfterFailure: reported((enabled: boolean) => connection.call('setContinueAfterFailure', { enabled })),
      runDemo: reported(async () => {
        const demo = demoRecipe(await connection.call('listRecipes', {}));
        if (demo === undefined) throw new Error('The built-in recipe demo is missing: install the program again.');
        await start(
          () => connection.call('runSweep', { recipePath: demo.path }),
          (count) => t('demoQueued', { count }),
        );
      }),
    };
  }, [connection, client, t]);
}

export function demoRecipe(recipes: HostResult<'listRecipes'>): HostResult<'listRecipes'>[number] | undefined {
  return recipes.find(({ name, origin }) => name === 'demo' && origin === 'built-in');
}

interface Started {
  sweepId: string;
  isNew: boolean;
  createdRunIds: string[];
  requeuedRunIds: string[];
  restoredRunIds: string[];
}

function undoOf({ sweepId, isNew, createdRunIds, requeuedRunIds, restoredRunIds }: Started) {
  return { sweep: sweepId, isNew, createdRunIds, requeuedRunIds, restoredRunIds };
}
