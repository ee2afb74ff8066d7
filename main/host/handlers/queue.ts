// Answers to what clients ask of the queue. Runs in the host.
import type { QUEUE_METHODS } from '../../../contracts/methods/queue.ts';
import type { HandlerDependencies, HandlersOf } from './handler-types.ts';
import { requireStorage } from './require-storage.ts';

export function queueHandlers({ queue, scheduler }: HandlerDependencies): HandlersOf<keyof typeof QUEUE_METHODS> {
  return {
    listQueue: ({ limit }) => queue.list(limit),
    moveInQueue: ({ ids, position }) => queue.move(ids, position),
    pauseAfterCurrent: () => scheduler.pauseAfterCurrent(),
    pauseAll: () => scheduler.pauseAll(),
    resumeQueue: () => {
      requireStorage(scheduler);
      return scheduler.resumeQueue();
    },
    setContinueAfterFailure: ({ enabled }) => scheduler.setContinueAfterFailure(enabled),
    retryRuns: ({ ids }) => {
      requireStorage(scheduler);
      return queue.retry(ids);
    },
    retryWithChanges: ({ id, changes }) => {
      requireStorage(scheduler);
      return queue.retryWithChanges(id, changes);
    },
    editQueuedRun: ({ id, config }) => queue.edit(id, config),
    undoCancel: ({ ids }) => queue.undoCancel(ids),
    undoRetry: ({ ids }) => queue.undoRetry(ids),
    acknowledgeFailures: ({ ids }) => ({ acknowledged: queue.acknowledge(ids) }),
  };
}
