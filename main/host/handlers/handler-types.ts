// What each area of the client protocol is given, and what it gives. Runs in the host.
import type { HostEvent, HostMethod, HostParams, HostResult } from '../../../contracts/host-protocol.ts';
import type { QueryMethod } from '../../../contracts/methods/queries.ts';
import type { OrganisingService } from '../../core/organising-service.ts';
import type { PreflightService } from '../../core/preflight-service.ts';
import type { QueueService } from '../../core/queue-service.ts';
import type { RecipeLibrary } from '../../core/recipe-library.ts';
import type { Scheduler } from '../../core/scheduler.ts';
import type { Store } from '../../core/store-types.ts';
import type { PlanContext } from '../../core/sweep-plan.ts';
import type { SweepService } from '../../core/sweep-service.ts';
import type { JsonText } from '../json-text.ts';
import type { StudioServices } from '../studio-services.ts';

type Answer<M extends HostMethod> = HostResult<M> | JsonText<HostResult<M>>;
/** Handlers of the methods that one area of the protocol names. */
export type HandlersOf<M extends HostMethod> = {
  [Name in M]: (params: HostParams<Name>) => Answer<Name> | Promise<Answer<Name>>;
};
export type HostHandlers = HandlersOf<HostMethod>;

/** Whoever answers queries; the host's QueryClient. */
export interface QueryService {
  call: <M extends QueryMethod>(method: M, params: HostParams<M>) => Promise<JsonText<HostResult<M>>>;
}

export interface HandlerDependencies {
  service: SweepService;
  queue: QueueService;
  organising: OrganisingService;
  recipes: RecipeLibrary;
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
