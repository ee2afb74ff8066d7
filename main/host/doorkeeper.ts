// Who may come in: checks of Host, Origin and token, with a limit on guesses. Runs in the host.
import { createHash, timingSafeEqual } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import type { IncomingMessage } from 'node:http';
import { DESKTOP_ORIGIN } from '../../contracts/desktop-bridge.ts';
import { HOST_TOKEN_PREFIX } from '../../contracts/host-protocol.ts';

/** Different wrong tokens from one address before it has to wait. */
const FREE_GUESSES = 10;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** After this long without a new guess an address starts afresh. */
const FORGET_AFTER_MS = 10 * 60_000;
/** Beyond, the addresses whose guesses lie back longest are forgotten. */
const MAXIMUM_ADDRESSES = 1000;

export interface Refusal {
  status: 401 | 403 | 429;
  reason: string;
  /** With 429: when to try again. */
  retryAfterSeconds?: number;
}

interface Guesses {
  wrongTokens: Set<string>;
  waitMs: number;
  blockedUntilMs: number;
  lastMs: number;
}

export interface DoorkeeperOptions {
  token: string;
  /** Whether others than this machine may come. */
  remote: boolean;
  /** The name or address to listen on, as the user gave it. */
  listenHost: string;
  nowMs?: () => number;
}

export class Doorkeeper {
  readonly #token: string;
  readonly #names: ReadonlySet<string>;
  readonly #nowMs: () => number;
  readonly #guesses = new Map<string, Guesses>();

  constructor({ token, remote, listenHost, nowMs = Date.now }: DoorkeeperOptions) {
    this.#token = token;
    this.#nowMs = nowMs;
    this.#names = new Set(['127.0.0.1', 'localhost', '[::1]', ...(remote ? remoteNames(listenHost) : [])]);
  }

  /**
   * Null where the request names this machine and comes from our own page or from no page. Keeps web pages out, whatever
   * name of theirs resolves to this machine (DNS rebinding). The port may differ: a tunnel has its own.
   */
  refusesPage({ headers: { host, origin } }: IncomingMessage): Refusal | null {
    if (host === undefined || !this.#names.has(host.replace(/:\d+$/, '').toLowerCase())) {
      return { status: 403, reason: 'the Host header names another machine' };
    }
    if (origin !== undefined && origin !== `http://${host}` && origin !== DESKTOP_ORIGIN) {
      return { status: 403, reason: 'the request comes from a page of another origin' };
    }
    return null;
  }

  /** Null where the request may also talk to the host. */
  refusesClient(request: IncomingMessage): Refusal | null {
    return this.refusesPage(request) ?? this.#refusesToken(request);
  }

  #refusesToken(request: IncomingMessage): Refusal | null {
    const offered = offeredToken(request);
    if (offered === null) return { status: 401, reason: 'no token was offered' };
    const address = request.socket.remoteAddress ?? '';
    const nowMs = this.#nowMs();
    const guesses = this.#guesses.get(address);
    if (guesses !== undefined && nowMs < guesses.blockedUntilMs) {
      const retryAfterSeconds = Math.ceil((guesses.blockedUntilMs - nowMs) / 1000);
      return { status: 429, reason: 'too many wrong tokens', retryAfterSeconds };
    }
    if (this.#isToken(offered)) return null;
    this.#countGuess(address, offered, nowMs);
    return { status: 401, reason: 'the token is wrong' };
  }

  #isToken(offered: string): boolean {
    const [a, b] = [Buffer.from(offered), Buffer.from(this.#token)];
    return a.length === b.length && timingSafeEqual(a, b);
  }

  /** The same wrong token again is a page left open from yesterday, not a guess: it must not lock its user out. */
  #countGuess(address: string, offered: string, nowMs: number): void {
    const known = this.#guesses.get(address);
    const isFresh = known === undefined || nowMs - known.lastMs > FORGET_AFTER_MS;
    const guesses = isFresh
      ? { wrongTokens: new Set<string>(), waitMs: FIRST_WAIT_MS, blockedUntilMs: 0, lastMs: nowMs }
      : known;
    const digest = createHash('sha256').update(offered).digest('base64');
    if (guesses.wrongTokens.has(digest)) return;
    guesses.lastMs = nowMs;
    if (guesses.wrongTokens.size < FREE_GUESSES) guesses.wrongTokens.add(digest);
    if (guesses.wrongTokens.size >= FREE_GUESSES) {
      guesses.blockedUntilMs = nowMs + guesses.waitMs;
      guesses.waitMs = Math.min(2 * guesses.waitMs, LONGEST_WAIT_MS);
    }
    this.#guesses.delete(address);
    this.#guesses.set(address, guesses);
    const oldest = this.#guesses.keys().next();
    if (this.#guesses.size > MAXIMUM_ADDRESSES && !oldest.done) this.#guesses.delete(oldest.value);
  }
}

/** Clients offer it as a WebSocket protocol, uploads as a bearer. */
function offeredToken(request: IncomingMessage): string | null {
  const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const offered = protocols.find((protocol) => protocol.startsWith(HOST_TOKEN_PREFIX));
  return offered?.slice(HOST_TOKEN_PREFIX.length) ?? null;
}

/** Addresses and the name of this machine: what nobody else can make a browser of the user resolve to it. */
function remoteNames(listenHost: string): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address, family }) => (family === 'IPv6' ? `[${address.replace(/%.*$/, '')}]` : address));
  return [...addresses, hostname().toLowerCase(), listenHost.toLowerCase()];
}
