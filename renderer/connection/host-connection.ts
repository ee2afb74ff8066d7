// One WebSocket to the host: calls with typed answers, events in batches, reconnection. Runs in the renderer.
import { AppError } from '../../contracts/app-error.ts';
import { HOST_METHODS, HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX, HostMessage } from '../../contracts/host-protocol.ts';
import type { HostEvent, HostMethod, HostParams, HostResult } from '../../contracts/host-protocol.ts';
import type { HostEndpoint } from './host-address.ts';

export const EVENT_BATCH_MS = 100;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** A connection that lived this long was a good one: the next loss starts with a short wait again. */
const STABLE_AFTER_MS = 5_000;

export type ConnectionStatus =
  | { kind: 'connecting' }
  | { kind: 'open' }
  /** Nobody told this page a token, or the host refuses it. */
  | { kind: 'needsToken' }
  | { kind: 'lost'; retryAtMs: number };

interface PendingCall {
  method: HostMethod;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

export class HostConnection {
  readonly #endpoint: () => Promise<HostEndpoint | null>;
  readonly #pending = new Map<number, PendingCall>();
  readonly #statusListeners = new Set<() => void>();
  readonly #eventListeners = new Set<(events: readonly HostEvent[]) => void>();
  readonly #whenOpen = new Set<() => void>();
  #status: ConnectionStatus = { kind: 'connecting' };
  #socket: WebSocket | null = null;
  #batch: HostEvent[] = [];
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
  #failedAttempts = 0;
  #nextId = 0;
  #isClosed = false;

  /** @param endpoint asked before each attempt, since a restarted host has another port and token */
  constructor(endpoint: () => Promise<HostEndpoint | null>) {
    this.#endpoint = endpoint;
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** @returns a function that ends the subscription */
  onStatus(listener: () => void): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  /** Events arrive at most every 100 ms, in order. @returns a function that ends the subscription */
  onEvents(listener: (events: readonly HostEvent[]) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Connects, or tries again at once where it waits for the next attempt. */
  connect(): void {
    if (this.#socket !== null) return;
    this.#isClosed = false;
    this.#cancelRetry();
    void this.#attempt();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#socket?.close();
  }

  /** Waits for a connection. Rejects with the host's AppError, or INTERNAL where the connection is lost meanwhile. */
  async call<M extends HostMethod>(method: M, params: HostParams<M>, signal?: AbortSignal): Promise<HostResult<M>> {
    const socket = await this.#openSocket(signal);
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { method, resolve, reject }));
    socket.send(JSON.stringify({ id, method, params }));
    const parsed = HOST_METHODS[method].result.safeParse(await answer);
    if (!parsed.success) {
      throw new AppError('INTERNAL', `The studio's answer to ${method} is not understood: ${parsed.error.message}`);
    }
    return parsed.data as HostResult<M>;
  }

  async #openSocket(signal: AbortSignal | undefined): Promise<WebSocket> {
    while (this.#socket?.readyState !== WebSocket.OPEN) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#whenOpen.delete(done);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        this.#whenOpen.add(done);
        signal?.addEventListener('abort', done);
      });
    }
    return this.#socket;
  }

  async #attempt(): Promise<void> {
    this.#setStatus({ kind: 'connecting' });
    let endpoint: HostEndpoint | null;
    try {
      endpoint = await this.#endpoint();
    } catch {
      this.#retryLater();
      return;
    }
    if (endpoint === null) {
      this.#setStatus({ kind: 'needsToken' });
      return;
    }
    if (this.#isClosed || this.#socket !== null) return;
    this.#listen(new WebSocket(endpoint.socketUrl, [HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX + endpoint.token]), endpoint);
  }

  #listen(socket: WebSocket, endpoint: HostEndpoint): void {
    this.#socket = socket;
    let openedAtMs: number | null = null;
    socket.addEventListener('open', () => {
      openedAtMs = Date.now();
      this.#setStatus({ kind: 'open' });
      for (const resume of [...this.#whenOpen]) resume();
    });
    socket.addEventListener('message', (message: MessageEvent<string>) => this.#receive(message.data));
    socket.addEventListener('close', () => {
      this.#socket = null;
      for (const { method, reject } of this.#pending.values()) reject(connectionLost(method));
      this.#pending.clear();
      if (openedAtMs !== null && Date.now() - openedAtMs > STABLE_AFTER_MS) this.#failedAttempts = 0;
      if (this.#isClosed) return;
      if (openedAtMs === null) void this.#explainRefusal(endpoint);
      else this.#retryLater();
    });
  }

  /** A browser does not say why a WebSocket was refused: where the host answers at all, it was the token. */
  async #explainRefusal({ socketUrl }: HostEndpoint): Promise<void> {
    // The shell's token is right; its page may fetch nothing from elsewhere.
    const isReachable =
      window.desktop === undefined &&
      (await fetch(new URL('/', socketUrl.replace(/^ws/, 'http')), { method: 'HEAD' }).then(
        () => true,
        () => false,
      ));
    if (isReachable) this.#setStatus({ kind: 'needsToken' });
    else this.#retryLater();
  }

  #retryLater(): void {
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failedAttempts);
    this.#failedAttempts += 1;
    this.#setStatus({ kind: 'lost', retryAtMs: Date.now() + delayMs });
    this.#retryTimer = setTimeout(() => this.connect(), delayMs);
  }

  #cancelRetry(): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
  }

  #setStatus(status: ConnectionStatus): void {
    this.#status = status;
    for (const listener of this.#statusListeners) listener();
  }

  #receive(text: string): void {
    const parsed = HostMessage.safeParse(JSON.parse(text));
    // An event of a newer host that this page does not know; answers are checked where they are awaited.
    if (!parsed.success) return;
    const message = parsed.data;
    if ('event' in message) {
      this.#batch.push(message.event);
      if (this.#batch.length === 1) setTimeout(() => this.#deliver(), EVENT_BATCH_MS);
      return;
    }
    const call = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.ok) call?.resolve(message.value);
    else call?.reject(new AppError(message.error.code, message.error.message));
  }

  #deliver(): void {
    const events = this.#batch;
    this.#batch = [];
    for (const listener of this.#eventListeners) listener(events);
  }
}

function connectionLost(method: HostMethod): AppError {
  return new AppError('INTERNAL', `The connection to the studio was lost during ${method}; what is on disk is safe.`);
}
