// Answers to what clients ask of runs. Runs in the host.
import type { RUN_METHODS } from '../../../contracts/methods/runs.ts';
import { toSummary } from '../../core/run-states.ts';
import type { HandlerDependencies, HandlersOf } from './handler-types.ts';
import { requireStorage } from './require-storage.ts';

export function runHandlers({ service, scheduler, store }: HandlerDependencies): HandlersOf<keyof typeof RUN_METHODS> {
  return {
    listRuns: () => store.runs.list(),
    showRun: ({ id, completions }) => service.show(id, completions),
    openRun: ({ id }) => ({ ...service.overview(id), pending: scheduler.pendingOf(service.findRun(id).id) }),
    pauseRun: ({ id }) => toSummary(scheduler.pause(service.findRun(id).id)),
    cancelRun: ({ id }) => toSummary(scheduler.cancel(service.findRun(id).id)),
    resumeRun: ({ id }) => {
      requireStorage(scheduler);
      return toSummary(scheduler.requeue(service.findRun(id).id));
    },
  };
}
