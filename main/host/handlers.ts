// What the host does for each method of the client protocol. Runs in the host.
import { AppError } from '../../contracts/app-error.ts';
import type { HostMethod, HostParams, HostResult } from '../../contracts/host-protocol.ts';
import { toSummary } from '../core/run-states.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { Store } from '../core/store-types.ts';
import type { SweepService } from '../core/sweep-service.ts';

export type HostHandlers = {
  [M in HostMethod]: (params: HostParams<M>) => HostResult<M> | Promise<HostResult<M>>;
};

export interface HandlerDependencies {
  service: SweepService;
  scheduler: Scheduler;
  store: Store;
  info: () => Promise<HostResult<'hostInfo'>>;
}

export function createHandlers({ service, scheduler, store, info }: HandlerDependencies): HostHandlers {
  /** Before anything is queued: a host that cannot write must say so rather than wait. */
  const requireStorage = (): void => {
    if (scheduler.storageFailure !== null) throw new AppError('STORAGE', scheduler.storageFailure);
  };
  return {
    hostInfo: info,
    planSweep: ({ recipePath }) => service.plan(recipePath),
    runSweep: ({ recipePath }) => {
      requireStorage();
      return service.run(recipePath);
    },
    cancelSweep: ({ sweep }) => ({ cancelled: service.cancel(sweep) }),
    sweepReport: ({ sweep }) => service.report(sweep),
    listRuns: () => store.runs.list(),
    showRun: ({ id, completions }) => service.show(id, completions),
    pauseRun: ({ id }) => toSummary(scheduler.pause(service.findRun(id).id)),
    cancelRun: ({ id }) => toSummary(scheduler.cancel(service.findRun(id).id)),
    resumeRun: ({ id }) => {
      requireStorage();
      return toSummary(scheduler.requeue(service.findRun(id).id));
    },
  };
}
