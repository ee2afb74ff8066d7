// Main module of the query thread: reads the database beside the host's event loop, so that no table, curve or analysis
// holds up the engine's messages.
import { parentPort, workerData } from 'node:worker_threads';
import { asAppError } from '../../../contracts/app-error.ts';
import type { QueryMethod } from '../../../contracts/methods/queries.ts';
import { StoreReader } from '../../store/reader/reader.ts';
import { createQueries } from './queries.ts';
import type { QueryAnswer, QueryRequest } from './query-protocol.ts';

const reader = new StoreReader(String(workerData));
const queries: Record<QueryMethod, (params: never) => unknown> = createQueries(reader);

function answer({ id, method, params }: QueryRequest): QueryAnswer {
  try {
    // The host has parsed the parameters by the method's own schema.
    const value = reader.snapshot(() => queries[method](params as never));
    return { id, ok: true, json: JSON.stringify(value) };
  } catch (error) {
    const { code, message } = asAppError(error);
    return { id, ok: false, error: { code, message } };
  }
}

parentPort?.on('message', (request: QueryRequest) => parentPort?.postMessage(answer(request)));
