// A client of the host that owns a data folder; starts that host where none answers. Runs in command line and shell.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { AppError, errorMessage, hasErrorCode } from '../../contracts/app-error.ts';
import {
  HOST_METHODS,
  HOST_PROTOCOL_VERSION,
  HOST_SUBPROTOCOL,
  HOST_TOKEN_PREFIX,
  HostAddress,
  HostMessage,
} from '../../contracts/host-protocol.ts';
import type { HostEvent, HostMethod, HostParams, HostResult } from '../../contracts/host-protocol.ts';
import { dataFolder, dataFolderPaths } from '../core/data-folder.ts';
import { BackgroundHostLauncher } from './host-launcher.ts';
import type { HostLauncher } from './host-launcher.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** Recovery of a large data folder comes before the host listens. */
const START_TIMEOUT_MS = 60_000;
const RETRY_MS = 50;
/** Hosts that one command asks, where one after the other ends. */
const MAXIMUM_HOSTS = 5;
/** What a command may ask the next host again: it changes nothing. */
const READING_METHODS: ReadonlySet<HostMethod> = new Set<HostMethod>([
  'hostInfo',
  'listQueue',
  'listRemoved',
  'listRuns',
  'listSweeps',
  'planSweep',
  'showRun',
  'sweepReport',
]);

interface PendingCall {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

export class HostClient {
  /** Where the host listens, and its token. */
  readonly address: HostAddress;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, PendingCall>();
  readonly #listeners = new Set<(event: HostEvent) => void>();
  #nextId = 0;
  #mayHaveActed = false;

  private constructor(address: HostAddress, socket: WebSocket) {
    this.address = address;
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(data as Buffer));
    socket.on('error', () => socket.terminate());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const call of this.#pending.values()) call.reject(new HostLost());
        this.#pending.clear();
        resolve();
      });
    });
  }

  /**
   * Connects to the folder's host, which the launcher starts where none answers.
   * Rejects with STORAGE or BAD_INPUT where the folder cannot be used, CONFLICT where its owner does not answer.
   */
  static async connect(
    home: string = dataFolder(),
    launcher: HostLauncher = new BackgroundHostLauncher(),
  ): Promise<HostClient> {
    const paths = dataFolderPaths(home);
    const deadlineMs = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const address = await readAddress(paths.address);
      const socket = address === null ? null : await openSocket(address);
      if (address !== null && socket !== null) return new HostClient(address, socket);
      if (Date.now() > deadlineMs) {
        const owner = address === null ? 'Another process' : `Process ${address.pid}`;
        throw new AppError(
          'CONFLICT',
          `${owner} owns the data folder ${home} but does not answer: end it, then try again.`,
        );
      }
      // Occupied: the owner is about to listen or to leave.
      if (!(await launcher.start(paths))) await sleep(RETRY_MS);
    }
  }

  /** Rejects with the host's AppError, or INTERNAL where the host ended meanwhile. */
  async call<M extends HostMethod>(method: M, params: HostParams<M>): Promise<HostResult<M>> {
    if (!this.isOpen) throw new HostLost();
    if (!READING_METHODS.has(method)) this.#mayHaveActed = true;
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const parsed = HOST_METHODS[method].result.safeParse(await answer);
    if (!parsed.success)
      throw new AppError('INTERNAL', `The host's answer to ${method} is not valid: ${parsed.error.message}`);
    return parsed.data as HostResult<M>;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Whether the host was asked for more than to tell something. */
  get mayHaveActed(): boolean {
    return this.#mayHaveActed;
  }

  /** @returns a function that ends the subscription */
  onEvent(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The host goes on with its work. */
  close(): void {
    this.#socket.close();
  }

  #receive(data: Buffer): void {
    const message = HostMessage.parse(JSON.parse(data.toString('utf8')));
    if ('event' in message) {
      for (const listener of this.#listeners) listener(message.event);
      return;
    }
    const call = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.ok) call?.resolve(message.value);
    else call?.reject(new AppError(message.error.code, message.error.message));
  }
}

class HostLost extends AppError {
  constructor() {
    super('INTERNAL', 'The host ended; run the command again: it goes on where it was.');
  }
}

/**
 * Connects, calls, disconnects: for commands that ask one thing. A host that ends is succeeded by the next one, unless it
 * may already have done what it was asked to do.
 */
export async function withHost<Result>(work: (client: HostClient) => Promise<Result>): Promise<Result> {
  for (let hosts = 1; ; hosts++) {
    const client = await HostClient.connect();
    try {
      return await work(client);
    } catch (error) {
      if (!(error instanceof HostLost) || client.mayHaveActed || hosts === MAXIMUM_HOSTS) throw error;
    } finally {
      client.close();
    }
  }
}

/** Null where there is no address, or none that we can read as one. */
export async function readAddress(path: string): Promise<HostAddress | null> {
  try {
    const address = HostAddress.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return address.success ? address.data : null;
  } catch (error) {
    // What else keeps the folder from being used comes out when a host is started.
    if (error instanceof SyntaxError || hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw new AppError(
      'STORAGE',
      `Cannot read ${path} (${errorMessage(error)}): the data folder belongs to another user.`,
    );
  }
}

/** E.g. `http://127.0.0.1:40123`. */
export function hostUrl(scheme: 'http' | 'ws', { host, port }: Pick<HostAddress, 'host' | 'port'>): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Null where nobody, or somebody else, listens there. Throws CONFLICT for a host of another version. */
async function openSocket(address: HostAddress): Promise<WebSocket | null> {
  if (address.protocolVersion !== HOST_PROTOCOL_VERSION) {
    const remedy = `let it finish or end process ${address.pid}, then try again`;
    throw new AppError('CONFLICT', `The data folder is in use by another version of tinylora-studio: ${remedy}.`);
  }
  const socket = new WebSocket(`${hostUrl('ws', address)}/rpc`, [HOST_SUBPROTOCOL, HOST_TOKEN_PREFIX + address.token], {
    handshakeTimeout: CONNECT_TIMEOUT_MS,
  });
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}
