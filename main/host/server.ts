// The host's door: the built pages, and one WebSocket endpoint for clients. Runs in the host.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { AppError, asAppError, badInput, errorMessage, hasErrorCode } from '../../contracts/app-error.ts';
import { HOST_METHODS, HOST_SUBPROTOCOL, HostRequest } from '../../contracts/host-protocol.ts';
import type { HostEvent, HostMessage, HostMethod } from '../../contracts/host-protocol.ts';
import { securityHeaders } from '../core/app-pages.ts';
import type { Doorkeeper, Refusal } from './doorkeeper.ts';
import type { HostHandlers } from './handlers/handler-types.ts';
import { JsonText } from './json-text.ts';
import { sendPage } from './pages.ts';
import type { RefusalLog } from './refusal-log.ts';
import { UPLOAD_PATH } from './uploads.ts';
import type { Uploads } from './uploads.ts';

const MAXIMUM_REQUEST_BYTES = 1 << 20;
/** A client that reads this far behind misses progress and metrics, never an answer or a change of state. */
const MAXIMUM_BACKLOG_BYTES = 8 << 20;
const PING_INTERVAL_MS = 15_000;
/** Windows, tabs and commands at once; more is a mistake or an attack. */
const MAXIMUM_CONNECTIONS = 256;

export interface HostServerOptions {
  doorkeeper: Doorkeeper;
  refusals: RefusalLog;
  handlers: HostHandlers;
  uploads: Pick<Uploads, 'receive'>;
  /** Folder of the built pages. */
  pagesFolder: string;
}

function isMethod(name: string): name is HostMethod {
  return Object.hasOwn(HOST_METHODS, name);
}

export class HostServer {
  readonly #options: HostServerOptions;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #ping: NodeJS.Timeout;
  readonly #answered = new WeakSet<WebSocket>();
  #requestsUnderWay = 0;
  #isLeaving = false;

  constructor(options: HostServerOptions) {
    this.#options = options;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAXIMUM_REQUEST_BYTES,
      handleProtocols: () => HOST_SUBPROTOCOL,
    });
    this.#http = createServer((request, response) => void this.#page(request, response));
    this.#http.maxConnections = MAXIMUM_CONNECTIONS;
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#ping = setInterval(() => this.#dropDeadClients(), PING_INTERVAL_MS);
  }

  /**
   * @param port 0: chosen by the system
   * @returns the port. Rejects with BAD_INPUT where host or port cannot be had
   */
  async listen(host: string, port: number): Promise<number> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#http.once('error', reject).listen(port, host, resolve);
      });
    } catch (error) {
      if (hasErrorCode(error, 'EADDRINUSE')) {
        throw badInput(`Port ${port} of ${host} is taken: choose another with --port.`);
      }
      throw badInput(`Cannot listen on ${host}, port ${port} (${errorMessage(error)}): choose others.`);
    }
    const address = this.#http.address();
    if (typeof address !== 'object' || address === null) throw new Error('The server has no address.');
    return address.port;
  }

  /** Whether anyone is connected. */
  get isBusy(): boolean {
    return this.#sockets.clients.size > 0 || this.#requestsUnderWay > 0;
  }

  /** Who comes from now on is turned away, and finds the next host; who is connected is served until `close`. */
  refuseNewcomers(): void {
    this.#isLeaving = true;
  }

  broadcast(event: HostEvent): void {
    const text = JSON.stringify({ event } satisfies HostMessage);
    const droppable = event.type === 'progress' || event.type === 'metrics';
    for (const client of this.#sockets.clients) {
      const lagging = droppable && client.bufferedAmount > MAXIMUM_BACKLOG_BYTES;
      if (client.readyState === client.OPEN && !lagging) client.send(text);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#ping);
    for (const client of this.#sockets.clients) client.close(1001, 'The host stops.');
    this.#sockets.close();
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    // Answers and the closing words get a moment to leave.
    const cutOff = setTimeout(() => {
      for (const client of this.#sockets.clients) client.terminate();
      this.#http.closeAllConnections();
    }, 500);
    await closed;
    clearTimeout(cutOff);
  }

  async #page(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isUpload = UPLOAD_PATH.test((request.url ?? '').replace(/[?#].*$/, ''));
    const { doorkeeper } = this.#options;
    const refusal = isUpload ? doorkeeper.refusesClient(request) : doorkeeper.refusesPage(request);
    if (refusal !== null) {
      this.#log(refusal, request);
      response.writeHead(refusal.status, { ...securityHeaders(''), 'content-type': 'text/plain' }).end('Forbidden\n');
      return;
    }
    if (isUpload) await this.#upload(request, response);
    else await sendPage(this.#options.pagesFolder, request, response);
  }

  async #upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requestsUnderWay += 1;
    try {
      await this.#options.uploads.receive(request, response);
    } finally {
      this.#requestsUnderWay -= 1;
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (this.#isLeaving) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    if (request.url !== '/rpc') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    const refusal = this.#options.doorkeeper.refusesClient(request);
    if (refusal !== null) {
      this.#log(refusal, request);
      socket.end(refusalHead(refusal));
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => this.#welcome(client, request));
  }

  #log({ reason }: { reason: string }, request: IncomingMessage): void {
    const path = (request.url ?? '').replace(/[?#].*$/, '');
    this.#options.refusals.add(reason, request.socket.remoteAddress, path);
  }

  #welcome(client: WebSocket, request: IncomingMessage): void {
    this.#answered.add(client);
    client.on('pong', () => this.#answered.add(client));
    // Frames that are too large or break the protocol: ws closes the connection with the code for it.
    client.on('error', (error) => this.#log({ reason: `the connection broke: ${error.message}` }, request));
    client.on('message', (data: RawData) => {
      const message = parseRequest(data);
      if (message !== null) return void this.#answer(client, message);
      this.#log({ reason: 'the message is not a request' }, request);
      client.close(1007, 'Not a request.');
    });
  }

  #dropDeadClients(): void {
    for (const client of this.#sockets.clients) {
      if (!this.#answered.delete(client)) client.terminate();
      else client.ping();
    }
  }

  async #answer(client: WebSocket, request: HostRequest): Promise<void> {
    this.#requestsUnderWay += 1;
    let text: string;
    try {
      text = answerText(request.id, await this.#call(request));
    } catch (error) {
      const { code, message } = asAppError(error);
      text = JSON.stringify({ id: request.id, ok: false, error: { code, message } } satisfies HostMessage);
    } finally {
      this.#requestsUnderWay -= 1;
    }
    if (client.readyState === client.OPEN) client.send(text);
  }

  async #call({ method, params }: HostRequest): Promise<unknown> {
    if (!isMethod(method)) throw new AppError('BAD_INPUT', `The host has no method ${method}.`);
    return this.#dispatch(method, params);
  }

  async #dispatch<M extends HostMethod>(method: M, params: unknown): Promise<unknown> {
    const parsed = HOST_METHODS[method].params.safeParse(params);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const where = issue?.path.join('.') ?? '';
      throw new AppError('BAD_INPUT', `${method}: parameter ${where}: ${issue?.message ?? 'not valid'}.`);
    }
    const handler = this.#options.handlers[method] as (params: unknown) => unknown;
    return handler(parsed.data);
  }
}

const REASON_PHRASES = { 401: 'Unauthorized', 403: 'Forbidden', 429: 'Too Many Requests' } as const;

function refusalHead({ status, retryAfterSeconds }: Refusal): string {
  const wait = retryAfterSeconds === undefined ? '' : `Retry-After: ${retryAfterSeconds}\r\n`;
  return `HTTP/1.1 ${status} ${REASON_PHRASES[status]}\r\n${wait}Connection: close\r\n\r\n`;
}

function answerText(id: number, value: unknown): string {
  if (value instanceof JsonText) return `{"id":${id},"ok":true,"value":${value.text}}`;
  return JSON.stringify({ id, ok: true, value } satisfies HostMessage);
}

function parseRequest(data: RawData): HostRequest | null {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer);
    const request = HostRequest.safeParse(JSON.parse(bytes.toString('utf8')));
    return request.success ? request.data : null;
  } catch {
    return null;
  }
}
