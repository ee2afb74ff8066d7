// Methods that only read go to the query thread. Runs in the host.
import type { HostParams, HostResult } from '../../../contracts/host-protocol.ts';
import { QUERY_METHODS } from '../../../contracts/methods/queries.ts';
import type { QueryMethod } from '../../../contracts/methods/queries.ts';
import type { HandlersOf } from './handlers.ts';

/** Whoever answers queries; the host's QueryClient. */
export interface QueryService {
  call: <M extends QueryMethod>(method: M, params: HostParams<M>) => Promise<HostResult<M>>;
}

export function queryHandlers(queries: QueryService): HandlersOf<QueryMethod> {
  const forward = <M extends QueryMethod>(method: M) => [
    method,
    (params: HostParams<M>) => queries.call(method, params),
  ];
  const methods = Object.keys(QUERY_METHODS) as QueryMethod[];
  return Object.fromEntries(methods.map((method) => forward(method))) as HandlersOf<QueryMethod>;
}
