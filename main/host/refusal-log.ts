// Writes down who was turned away and why, never what they offered; a flood becomes a count. Runs in the host.

const LINES_A_MINUTE = 200;
const MINUTE_MS = 60_000;

export class RefusalLog {
  readonly #write: (line: string) => void;
  readonly #nowMs: () => number;
  #minuteStartMs = 0;
  #lines = 0;
  #left = 0;

  constructor(write: (line: string) => void, nowMs: () => number = Date.now) {
    this.#write = write;
    this.#nowMs = nowMs;
  }

  /** @param path of the request, without its query */
  add(reason: string, remoteAddress: string | undefined, path: string): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#minuteStartMs >= MINUTE_MS) {
      if (this.#left > 0) this.#line(nowMs, { event: 'refused', reason: `${this.#left} more in the minute before` });
      this.#minuteStartMs = nowMs;
      this.#lines = 0;
      this.#left = 0;
    }
    if (this.#lines >= LINES_A_MINUTE) {
      this.#left += 1;
      return;
    }
    this.#lines += 1;
    this.#line(nowMs, { event: 'refused', reason, from: remoteAddress ?? '', path: path.slice(0, 200) });
  }

  #line(nowMs: number, fields: Record<string, string>): void {
    this.#write(`${JSON.stringify({ time: new Date(nowMs).toISOString(), ...fields })}\n`);
  }
}
