// What the host does for each method of the client protocol, put together from its areas. Runs in the host.
import type { OrganisingService } from '../../core/organising-service.ts';
import type { PreflightService } from '../../core/preflight-service.ts';
import type { QueueService } from '../../core/queue-service.ts';
import type { RecipeLibrary } from '../../core/recipe-library.ts';
import type { HostEvent, HostMethod, HostParams, HostResult } from '../../../contracts/host-protocol.ts';
import type { Scheduler } from '../../core/scheduler.ts';
import type { Store } from '../../core/store-types.ts';
import type { PlanContext } from '../../core/sweep-plan.ts';
import type { SweepService } from '../../core/sweep-service.ts';
import type { StudioServices } from '../studio-services.ts';
import { libraryHandlers } from './library.ts';
import { playgroundHandlers } from './playground.ts';
import type { SweepSummaries } from '../../core/sweep-summary.ts';
import { organisingHandlers } from './organising.ts';
import { queryHandlers } from './queries.ts';
import type { QueryService } from './queries.ts';
import { queueHandlers } from './queue.ts';
import { runHandlers } from './runs.ts';
import { studioHandlers } from './studio.ts';
import { sweepHandlers } from './sweeps.ts';

/** Handlers of the methods that one area of the protocol names. */
export type HandlersOf<M extends HostMethod> = {
  [Name in M]: (params: HostParams<Name>) => HostResult<Name> | Promise<HostResult<Name>>;
};
export type HostHandlers = HandlersOf<HostMethod>;

export interface HandlerDependencies {
  service: SweepService;
  queue: QueueService;
  organising: OrganisingService;
  recipes: RecipeLibrary;
  summaries: SweepSummaries;
  preflight: PreflightService;
  planContext: () => Promise<PlanContext>;
  scheduler: Scheduler;
  store: Store;
  studio: StudioServices;
  queries: QueryService;
  /** Tells every client. */
  emit: (event: HostEvent) => void;
  info: () => Promise<HostResult<'hostInfo'>>;
}

export function createHandlers(dependencies: HandlerDependencies): HostHandlers {
  return {
    ...studioHandlers(dependencies),
    ...sweepHandlers(dependencies),
    ...runHandlers(dependencies),
    ...libraryHandlers(dependencies),
    ...playgroundHandlers(dependencies),
    ...queueHandlers(dependencies),
    ...organisingHandlers(dependencies),
    ...queryHandlers(dependencies.queries),
  };
}
