// Methods that only read go to the query thread. Runs in the host.
import type { HostParams } from '../../../contracts/host-protocol.ts';
import { QUERY_METHODS } from '../../../contracts/methods/queries.ts';
import type { QueryMethod } from '../../../contracts/methods/queries.ts';
import type { HandlersOf, QueryService } from './handler-types.ts';

export function queryHandlers(queries: QueryService): HandlersOf<QueryMethod> {
  const forward = <M extends QueryMethod>(method: M) => [
    method,
    (params: HostParams<M>) => queries.call(method, params),
  ];
  const methods = Object.keys(QUERY_METHODS) as QueryMethod[];
  return Object.fromEntries(methods.map((method) => forward(method))) as HandlersOf<QueryMethod>;
}
