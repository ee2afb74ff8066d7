// Keeps the shell connected to the data folder's host: starts it, starts it again when it dies, and knows what trains.
// Runs in the desktop shell; knows nothing of Electron.
import { errorMessage } from '../../contracts/app-error.ts';
import type { HostConnection, HostStatus } from '../../contracts/desktop-bridge.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { RunSummary } from '../../contracts/run-state.ts';
import type { AttendedHost } from '../client/attended-host.ts';
import { HostClient, hostUrl } from '../client/host-client.ts';

/** What dies this often within a minute dies again. */
const MAXIMUM_RESTARTS_A_MINUTE = 3;
const MINUTE_MS = 60_000;
/** A step of a large model takes its time; after this long the run goes on from the checkpoint before it. */
const PAUSE_PATIENCE_MS = 120_000;

export interface HostLinkOptions {
  home: string;
  host: AttendedHost;
  words: { hostRestarting: string; hostFailsRepeatedly: string };
  onStatus: (status: HostStatus) => void;
  /** Called with the number of runs that are training, when it changes. */
  onTraining: (count: number) => void;
}

export class HostLink {
  readonly #options: HostLinkOptions;
  readonly #training = new Set<string>();
  readonly #restartsMs: number[] = [];
  #client: Promise<HostClient>;
  #hasFailed = false;
  #stopping = false;
  #whenIdle: (() => void) | null = null;

  constructor(options: HostLinkOptions) {
    this.#options = options;
    this.#client = this.#connect({ state: 'starting' });
  }

  get trainingCount(): number {
    return this.#training.size;
  }

  /** Whether training ends with this process. */
  get isOwner(): boolean {
    return this.#options.host.isOwner;
  }

  /** Where the page connects to. Tries again where the last attempt failed; rejects with a sentence for the user. */
  async connection(): Promise<HostConnection> {
    if (this.#hasFailed) this.#client = this.#connect({ state: 'starting' });
    const { address } = await this.#client;
    return { url: `${hostUrl('ws', address)}/rpc`, token: address.token };
  }

  /** Until someone resumes the queue. Resolves when nothing trains any more, or after a while: checkpoints are on disk. */
  async pauseAll(): Promise<void> {
    const client = await this.#client;
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    await client.call('pauseAll', {});
    if (this.#training.size === 0) return;
    const patience = setTimeout(() => this.#whenIdle?.(), PAUSE_PATIENCE_MS);
    await idle;
    clearTimeout(patience);
  }

  /** Ends the connection, and the host if it is ours. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#client.then(
      (client) => client.close(),
      () => undefined,
    );
    await this.#options.host.stop();
  }

  #connect(status: HostStatus): Promise<HostClient> {
    this.#hasFailed = false;
    this.#options.onStatus(status);
    const client = this.#open();
    client.catch((error: unknown) => {
      // A host that was lost meanwhile has been followed by the next attempt.
      if (this.#client === client) this.#fail(errorMessage(error));
    });
    return client;
  }

  async #open(): Promise<HostClient> {
    const client = await HostClient.connect(this.#options.home, this.#options.host);
    client.onEvent((event) => this.#hear(event));
    void client.closed.then(() => this.#lost());
    for (const run of await client.call('listRuns', {})) this.#note(run);
    this.#options.onStatus({ state: 'ready' });
    return client;
  }

  #lost(): void {
    this.#training.clear();
    this.#tellTraining();
    if (this.#stopping) return;
    const nowMs = Date.now();
    this.#restartsMs.push(nowMs);
    const recent = this.#restartsMs.filter((atMs) => atMs > nowMs - MINUTE_MS);
    const { hostRestarting, hostFailsRepeatedly } = this.#options.words;
    if (recent.length > MAXIMUM_RESTARTS_A_MINUTE) this.#fail(hostFailsRepeatedly);
    else this.#client = this.#connect({ state: 'restarting', message: hostRestarting });
  }

  #fail(message: string): void {
    this.#hasFailed = true;
    if (!this.#stopping) this.#options.onStatus({ state: 'failed', message });
  }

  #hear(event: HostEvent): void {
    if (event.type === 'runChanged') this.#note(event.run);
  }

  #note({ id, state }: RunSummary): void {
    const before = this.#training.size;
    if (state === 'running') this.#training.add(id);
    else this.#training.delete(id);
    if (this.#training.size !== before) this.#tellTraining();
  }

  #tellTraining(): void {
    this.#options.onTraining(this.#training.size);
    if (this.#training.size === 0) this.#whenIdle?.();
  }
}
