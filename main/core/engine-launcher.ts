// How core reaches an engine process without knowing how it is started. The host implements it. Runs in the host.
import type { EngineCommand } from '../../contracts/engine-protocol.ts';

export interface EngineExit {
  code: number | null;
  /** e.g. SIGSEGV; null where the process ended by itself. */
  signal: string | null;
  /** The end of what it wrote to standard error: ggml's last words before it aborts. */
  lastWords: string;
}

export interface EngineConnection {
  /** Null where the process could not be started; `onExit` then fires. */
  readonly pid: number | null;
  send(command: EngineCommand): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Fires once. */
  onExit(listener: (exit: EngineExit) => void): void;
  /** Ends the process at once, whatever it does. */
  kill(): void;
}

export interface EngineLauncher {
  /** @param runId for the process' title and log */
  launch(runId: string): EngineConnection;
}
