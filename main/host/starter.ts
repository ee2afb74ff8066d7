// The process that started this host, by whichever channel it listens: Node's or that of Electron's utility process. Runs in the host.
import { setTimeout as sleep } from 'node:timers/promises';
import { HostControl, HostStartup } from '../../contracts/host-protocol.ts';

const SENDING_MS = 100;

export interface Starter {
  /** Says how the start went; resolves when that has left. */
  report(startup: HostStartup): Promise<void>;
  /** Whether it still lives and listens. */
  readonly isPresent: boolean;
  /** Called when it wants the host to end. */
  onStop(listener: () => void): void;
  /** Nothing more will be said: this process may end. */
  leave(): void;
}

/** As much of Electron's utility process as the host uses; it knows nothing else of Electron. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

export function starter(): Starter {
  const { parentPort } = process as { parentPort?: ParentPort };
  return parentPort === undefined ? new NodeStarter() : new ElectronStarter(parentPort);
}

function isStop(message: unknown): boolean {
  return HostControl.safeParse(message).success;
}

class NodeStarter implements Starter {
  async report(startup: HostStartup): Promise<void> {
    if (!this.isPresent) return;
    await new Promise<void>((resolve) => process.send?.(HostStartup.parse(startup), () => resolve()));
  }

  get isPresent(): boolean {
    return process.connected && process.send !== undefined;
  }

  onStop(listener: () => void): void {
    process.on('message', (message) => {
      if (isStop(message)) listener();
    });
    // Listening would keep this process alive for as long as its starter.
    process.channel?.unref();
  }

  leave(): void {
    if (process.connected) process.disconnect();
  }
}

class ElectronStarter implements Starter {
  readonly isPresent = true;
  readonly #port: ParentPort;

  constructor(port: ParentPort) {
    this.#port = port;
  }

  async report(startup: HostStartup): Promise<void> {
    this.#port.postMessage(HostStartup.parse(startup));
    // The port does not say when a message has left.
    await sleep(SENDING_MS);
  }

  onStop(listener: () => void): void {
    this.#port.on('message', ({ data }) => {
      if (isStop(data)) listener();
    });
  }

  leave(): void {
    // The port keeps its process alive.
    process.exit();
  }
}
