// The host's door: one WebSocket endpoint on the loopback interface. Runs in the host.
import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { AppError, asAppError } from '../../contracts/app-error.ts';
import { HOST_METHODS, HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX, HostRequest } from '../../contracts/host-protocol.ts';
import type { HostEvent, HostMessage, HostMethod } from '../../contracts/host-protocol.ts';
import type { HostHandlers } from './handlers/handlers.ts';

const LOOPBACK = '127.0.0.1';
const MAXIMUM_REQUEST_BYTES = 1 << 20;
/** A client that reads this far behind misses progress and metrics, never an answer or a change of state. */
const MAXIMUM_BACKLOG_BYTES = 8 << 20;
const PING_INTERVAL_MS = 15_000;

function isMethod(name: string): name is HostMethod {
  return Object.hasOwn(HOST_METHODS, name);
}

function offeredProtocols(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
}

export class HostServer {
  readonly #token: string;
  readonly #handlers: HostHandlers;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #ping: NodeJS.Timeout;
  readonly #answered = new WeakSet<WebSocket>();
  #port = 0;
  #requestsUnderWay = 0;

  /** @param token secret that clients must offer */
  constructor(token: string, handlers: HostHandlers) {
    this.#token = token;
    this.#handlers = handlers;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAXIMUM_REQUEST_BYTES,
      handleProtocols: () => HOST_SUBPROTOCOL,
    });
    this.#http = createServer((_request, response) => {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#ping = setInterval(() => this.#dropDeadClients(), PING_INTERVAL_MS);
  }

  /** @returns the port, chosen by the system */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject).listen(0, LOOPBACK, resolve);
    });
    const address = this.#http.address();
    if (typeof address !== 'object' || address === null) throw new Error('The server has no address.');
    this.#port = address.port;
    return address.port;
  }

  /** Whether anyone is connected. */
  get isBusy(): boolean {
    return this.#sockets.clients.size > 0 || this.#requestsUnderWay > 0;
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

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => this.#welcome(client));
  }

  /** Null where the request may pass. Host and Origin keep web pages out, whatever name resolves to loopback. */
  #refusal(request: IncomingMessage): string | null {
    const names = [`${LOOPBACK}:${this.#port}`, `localhost:${this.#port}`];
    const { host, origin } = request.headers;
    if (request.url !== '/rpc') return '404 Not Found';
    if (host === undefined || !names.includes(host)) return '403 Forbidden';
    if (origin !== undefined && !names.some((name) => origin === `http://${name}`)) return '403 Forbidden';
    return offeredProtocols(request).some((protocol) => this.#isToken(protocol)) ? null : '401 Unauthorized';
  }

  #isToken(protocol: string): boolean {
    const offered = Buffer.from(protocol);
    const expected = Buffer.from(HOST_TOKEN_PREFIX + this.#token);
    return offered.length === expected.length && timingSafeEqual(offered, expected);
  }

  #welcome(client: WebSocket): void {
    this.#answered.add(client);
    client.on('pong', () => this.#answered.add(client));
    client.on('error', () => client.terminate());
    client.on('message', (data: RawData) => void this.#answer(client, data));
  }

  #dropDeadClients(): void {
    for (const client of this.#sockets.clients) {
      if (!this.#answered.delete(client)) client.terminate();
      else client.ping();
    }
  }

  async #answer(client: WebSocket, data: RawData): Promise<void> {
    const request = parseRequest(data);
    if (request === null) {
      client.close(1007, 'Not a request.');
      return;
    }
    this.#requestsUnderWay += 1;
    let message: HostMessage;
    try {
      message = { id: request.id, ok: true, value: await this.#call(request) };
    } catch (error) {
      const { code, message: text } = asAppError(error);
      message = { id: request.id, ok: false, error: { code, message: text } };
    } finally {
      this.#requestsUnderWay -= 1;
    }
    if (client.readyState === client.OPEN) client.send(JSON.stringify(message));
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
    const handler = this.#handlers[method] as (params: unknown) => unknown;
    return handler(parsed.data);
  }
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
