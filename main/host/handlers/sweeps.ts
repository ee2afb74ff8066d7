// Answers to what clients ask of sweeps. Runs in the host.
import type { SWEEP_METHODS } from '../../../contracts/methods/sweeps.ts';
import type { HandlerDependencies, HandlersOf } from './handlers.ts';
import { requireStorage } from './require-storage.ts';

export function sweepHandlers({ service, scheduler }: HandlerDependencies): HandlersOf<keyof typeof SWEEP_METHODS> {
  return {
    planSweep: ({ recipePath }) => service.plan(recipePath),
    runSweep: ({ recipePath }) => {
      requireStorage(scheduler);
      return service.run(recipePath);
    },
    cancelSweep: ({ sweep }) => ({ cancelled: service.cancel(sweep) }),
    sweepReport: ({ sweep }) => service.report(sweep),
  };
}
