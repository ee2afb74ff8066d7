// Asks again for answers that take long to work out: at most once a second, and never while one is under way, or many
// changes in a row would leave none the time to arrive. Runs in the renderer.
import type { QueryClient } from '@tanstack/react-query';
import type { HostMethod } from '../../contracts/host-protocol.ts';

const WAIT_MS = 1000;

export class LateRefresh {
  readonly #client: QueryClient;
  readonly #due = new Set<HostMethod>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  /** The answers to this method are outdated, whatever its parameters. */
  readonly add = (method: HostMethod): void => {
    this.#due.add(method);
    this.#timer ??= setTimeout(() => this.#refresh(), WAIT_MS);
  };

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#due.clear();
  }

  #refresh(): void {
    this.#timer = null;
    const due = [...this.#due];
    this.#due.clear();
    for (const method of due) {
      if (this.#client.isFetching({ queryKey: [method] }) > 0) this.add(method);
      else void this.#client.invalidateQueries({ queryKey: [method] });
    }
  }
}
