// What the host and its query thread say to each other. Both are of one build, so types suffice.
import type { HostErrorCode } from '../../../contracts/host-protocol.ts';
import type { QueryMethod } from '../../../contracts/methods/queries.ts';

export interface QueryRequest {
  id: number;
  method: QueryMethod;
  params: unknown;
}

export type QueryAnswer =
  { id: number; ok: true; json: string } | { id: number; ok: false; error: { code: HostErrorCode; message: string } };
