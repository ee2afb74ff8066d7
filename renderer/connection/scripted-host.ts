// A host for component tests: it answers each method as the test says, late where the test wants that, and keeps what it
// was asked. No process of the program runs it.
import type { HostEvent, HostMethod, HostParams, HostResult } from '../../contracts/host-protocol.ts';
import type { ConnectionStatus, HostConnection } from './host-connection.ts';

type Answers = { [M in HostMethod]?: (params: HostParams<M>) => HostResult<M> | Promise<HostResult<M>> };

/** Satisfies what components use of a connection. */
export class ScriptedHost implements Pick<HostConnection, 'status' | 'onStatus' | 'onEvents' | 'call'> {
  readonly status: ConnectionStatus = { kind: 'open' };
  readonly asked: { method: HostMethod; params: unknown }[] = [];
  readonly #answers: Answers;
  readonly #listeners = new Set<(events: readonly HostEvent[]) => void>();

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** What contexts and hooks take. */
  get connection(): HostConnection {
    return this as unknown as HostConnection;
  }

  onStatus(): () => void {
    return () => undefined;
  }

  onEvents(listener: (events: readonly HostEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(...events: HostEvent[]): void {
    for (const listener of this.#listeners) listener(events);
  }

  async call<M extends HostMethod>(method: M, params: HostParams<M>): Promise<HostResult<M>> {
    this.asked.push({ method, params });
    const answer = this.#answers[method];
    if (answer === undefined) throw new Error(`The test has no answer for ${method}.`);
    return answer(params);
  }

  /** Parameters of each call of a method, in order. */
  callsOf(method: HostMethod): unknown[] {
    return this.asked.filter((call) => call.method === method).map(({ params }) => params);
  }
}
