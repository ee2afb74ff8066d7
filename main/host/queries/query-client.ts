// The host's end of the query thread: starts it before it is needed, and again should it die. Runs in the host.
import { Worker } from 'node:worker_threads';
import { AppError } from '../../../contracts/app-error.ts';
import type { HostParams, HostResult } from '../../../contracts/host-protocol.ts';
import type { QueryMethod } from '../../../contracts/methods/queries.ts';
import { JsonText } from '../json-text.ts';
import type { QueryAnswer, QueryRequest } from './query-protocol.ts';

interface Waiting {
  resolve: (answer: JsonText<never>) => void;
  reject: (error: unknown) => void;
}

export class QueryClient {
  readonly #databasePath: string;
  #worker: Worker | null = null;
  #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #closed = false;

  /** @param databasePath of the data folder's database, opened by the host before */
  constructor(databasePath: string) {
    this.#databasePath = databasePath;
  }

  /** Ahead of the first question, which a window asks as soon as it is there. */
  start(): void {
    this.#worker ??= this.#launch();
  }

  /** @param params as the method's schema has parsed them. Rejects with the query's AppError. */
  call<M extends QueryMethod>(method: M, params: HostParams<M>): Promise<JsonText<HostResult<M>>> {
    if (this.#closed) return Promise.reject(new AppError('CONFLICT', 'The host stops; connect again.'));
    this.#worker ??= this.#launch();
    const id = this.#nextId++;
    this.#worker.postMessage({ id, method, params } satisfies QueryRequest);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #launch(): Worker {
    const worker = new Worker(new URL('./query-thread.ts', import.meta.url), { workerData: this.#databasePath });
    worker.on('message', (answer: QueryAnswer) => this.#settle(answer));
    worker.on('error', (error) => this.#abandon(worker, error));
    worker.on('exit', () => this.#abandon(worker, new AppError('INTERNAL', 'The query thread ended; ask again.')));
    // The host's life does not depend on it.
    worker.unref();
    return worker;
  }

  #settle(answer: QueryAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.ok) waiting?.resolve(new JsonText(answer.json));
    else waiting?.reject(new AppError(answer.error.code, answer.error.message));
  }

  #abandon(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const { reject } of waiting.values()) reject(error);
  }
}
