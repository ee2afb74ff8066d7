// Watches one engine process from start to end: heartbeat, progress, crash. Runs in the host.
import { EngineEvent } from '../../contracts/engine-protocol.ts';
import type { EngineCommand } from '../../contracts/engine-protocol.ts';
import type { RunFailure } from '../../contracts/run-state.ts';
import { explainCrash } from './crash-cause.ts';
import type { EngineConnection, EngineExit } from './engine-launcher.ts';

export type EngineStartCommand = Extract<EngineCommand, { type: 'start' }>;

export interface SupervisorOptions {
  /** Longest time from launch to the first message: a busy machine loads a program slowly. */
  startTimeoutMs: number;
  /** Longest silence of a living engine. */
  heartbeatTimeoutMs: number;
  /** Longest time in which neither phase, count nor step of the heartbeats changes: JavaScript may beat while ggml hangs. */
  progressTimeoutMs: number;
  /** How long a process may take to leave after its last event or a cancel, before it is killed. */
  exitGraceMs: number;
}

export const DEFAULT_SUPERVISOR_OPTIONS: SupervisorOptions = {
  startTimeoutMs: 120_000,
  heartbeatTimeoutMs: 60_000,
  progressTimeoutMs: 15 * 60_000,
  exitGraceMs: 10_000,
};

export type AttemptEnd =
  | { kind: 'ended'; outcome: 'done' | 'paused' | 'cancelled'; step: number }
  /** The engine said why. */
  | { kind: 'failed'; failure: RunFailure }
  /** It died, or was killed because it hung: another attempt may succeed. */
  | { kind: 'crashed'; failure: RunFailure };

/** Called for every event but heartbeats without news. What it throws ends the attempt and comes out of `end`. */
export type EngineEventListener = (event: EngineEvent) => void;

export class Supervisor {
  readonly end: Promise<AttemptEnd>;
  readonly #connection: EngineConnection;
  readonly #options: SupervisorOptions;
  readonly #listener: EngineEventListener;
  readonly #watch: NodeJS.Timeout;
  readonly #watchIntervalMs: number;
  #killTimer: NodeJS.Timeout | null = null;
  #resolve: (end: AttemptEnd) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #hasSpoken = false;
  #lastMessageMs = Date.now();
  #lastProgressMs = Date.now();
  #lastTickMs = Date.now();
  #progress = '';
  #lastStep: number;
  #reported: AttemptEnd | null = null;
  #hung: string | null = null;
  #cancelled = false;
  #listenerError: { error: unknown } | null = null;

  /** @param lastStep last step whose checkpoint is known before this attempt */
  constructor(
    connection: EngineConnection,
    start: EngineStartCommand,
    lastStep: number,
    options: SupervisorOptions,
    listener: EngineEventListener,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#listener = listener;
    this.#lastStep = lastStep;
    this.end = new Promise<AttemptEnd>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const shortest = Math.min(options.heartbeatTimeoutMs, options.progressTimeoutMs);
    this.#watchIntervalMs = Math.min(1000, Math.max(10, shortest / 4));
    this.#watch = setInterval(() => this.#tick(), this.#watchIntervalMs);
    connection.onMessage((message) => this.#receive(message));
    connection.onExit((exit) => this.#finish(exit));
    connection.send(start);
  }

  /** Ends after the step under way, whose checkpoint is then on disk. */
  pause(): void {
    this.#connection.send({ type: 'pause' });
  }

  cancel(): void {
    this.#cancelled = true;
    this.#connection.send({ type: 'cancel' });
    this.#killAfterGrace();
  }

  /** Ends the process at once; `end` says crashed. */
  kill(): void {
    this.#connection.kill();
  }

  #receive(message: unknown): void {
    this.#lastMessageMs = Date.now();
    if (!this.#hasSpoken) this.#lastProgressMs = Date.now();
    this.#hasSpoken = true;
    // What it still says before it is gone counts for nothing.
    if (this.#listenerError !== null || this.#hung !== null) return;
    const { data: event, error } = EngineEvent.safeParse(message);
    if (error) {
      const issue = error.issues[0];
      this.#hung = `The engine process sent a message that is not understood (${issue?.path.join('.')}: ${issue?.message}); reinstall tinylora-studio.`;
      this.#connection.kill();
      return;
    }
    this.#note(event);
    try {
      this.#listener(event);
    } catch (error) {
      this.#listenerError = { error };
      this.#connection.kill();
    }
  }

  #note(event: EngineEvent): void {
    const progress = event.type === 'heartbeat' ? `${event.phase} ${event.done} ${event.step}` : null;
    if (progress !== this.#progress) this.#lastProgressMs = Date.now();
    if (progress !== null) this.#progress = progress;
    if (event.type === 'metrics') this.#lastStep = event.step;
    if (event.type === 'started') this.#lastStep = event.resumedFromStep;
    if (event.type === 'ended') {
      this.#reported = { kind: 'ended', outcome: event.outcome, step: event.step };
      this.#killAfterGrace();
    }
    if (event.type === 'failed') {
      const { code, message } = event;
      this.#reported = { kind: 'failed', failure: this.#failure(code, message, null) };
      this.#killAfterGrace();
    }
  }

  #tick(): void {
    const nowMs = Date.now();
    const sinceTickMs = nowMs - this.#lastTickMs;
    this.#lastTickMs = nowMs;
    // The whole machine slept or was too busy to run this timer: then silence says nothing about the engine.
    if (sinceTickMs > this.#watchIntervalMs + this.#options.heartbeatTimeoutMs / 2) {
      this.#lastMessageMs = nowMs;
      this.#lastProgressMs = nowMs;
      return;
    }
    if (this.#reported !== null || this.#hung !== null) return;
    const { startTimeoutMs, heartbeatTimeoutMs, progressTimeoutMs } = this.#options;
    const silenceLimitMs = this.#hasSpoken ? heartbeatTimeoutMs : startTimeoutMs;
    if (nowMs - this.#lastMessageMs > silenceLimitMs) {
      this.#hung = `The engine process was silent for ${silenceLimitMs / 1000} s and was ended.`;
    } else if (this.#hasSpoken && nowMs - this.#lastProgressMs > progressTimeoutMs) {
      this.#hung = `The engine made no progress for ${progressTimeoutMs / 1000} s (${this.#progress}) and was ended.`;
    }
    if (this.#hung !== null) this.#connection.kill();
  }

  #killAfterGrace(): void {
    this.#killTimer ??= setTimeout(() => this.#connection.kill(), this.#options.exitGraceMs);
  }

  #finish(exit: EngineExit): void {
    clearInterval(this.#watch);
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
    if (this.#listenerError !== null) this.#reject(this.#listenerError.error);
    else this.#resolve(this.#attemptEnd(exit));
  }

  #attemptEnd(exit: EngineExit): AttemptEnd {
    if (this.#reported !== null) return this.#reported;
    if (this.#cancelled) return { kind: 'ended', outcome: 'cancelled', step: this.#lastStep };
    if (this.#hung !== null) return { kind: 'crashed', failure: this.#failure('HUNG', this.#hung, exit) };
    const cause = exit.signal === null ? `with exit code ${exit.code ?? 'unknown'}` : `by ${exit.signal}`;
    const lastWords = exit.lastWords.trim();
    const explanation = explainCrash(lastWords);
    const message = [
      ...(explanation === null ? [] : [explanation]),
      `The engine process was ended ${cause} after step ${this.#lastStep}.`,
      ...(lastWords === '' ? [] : [`Its last words: ${lastWords}`]),
    ].join(' ');
    return { kind: 'crashed', failure: this.#failure('CRASHED', message, exit) };
  }

  #failure(code: RunFailure['code'], message: string, exit: EngineExit | null): RunFailure {
    return { code, message, exitCode: exit?.code ?? null, signal: exit?.signal ?? null, lastStep: this.#lastStep };
  }
}
