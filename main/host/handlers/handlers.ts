// What the host does for each method of the client protocol, put together from its areas. Runs in the host.
import type { HandlerDependencies, HostHandlers } from './handler-types.ts';
import { libraryHandlers } from './library.ts';
import { organisingHandlers } from './organising.ts';
import { playgroundHandlers } from './playground.ts';
import { queryHandlers } from './queries.ts';
import { queueHandlers } from './queue.ts';
import { runHandlers } from './runs.ts';
import { studioHandlers } from './studio.ts';
import { sweepHandlers } from './sweeps.ts';

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
