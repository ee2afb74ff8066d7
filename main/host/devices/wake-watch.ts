// Notices that the machine slept: the clock on the wall went on while our timer stood still. Runs in the host.

const INTERVAL_MS = 10_000;
/** A timer that is late by more was not only waiting for a busy machine. */
const SLEPT_MS = 60_000;

export class WakeWatch {
  readonly #onWake: () => void;
  #timer: NodeJS.Timeout | null = null;

  /** @param onWake called after each sleep: drivers may have lost their devices, or found them again */
  constructor(onWake: () => void) {
    this.#onWake = onWake;
  }

  start(): void {
    let lastMs = Date.now();
    this.#timer = setInterval(() => {
      const nowMs = Date.now();
      const hasSlept = nowMs - lastMs > INTERVAL_MS + SLEPT_MS;
      lastMs = nowMs;
      if (hasSlept) this.#onWake();
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
