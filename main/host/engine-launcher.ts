// Starts engine processes as forked Node processes and listens to them. Runs in the host.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { EngineCommand } from '../../contracts/engine-protocol.ts';
import { childEnvironment } from '../core/child-environment.ts';
import type { EngineConnection, EngineExit, EngineLauncher } from '../core/engine-launcher.ts';

/** As much of the end of standard error as tells why ggml aborted. */
const LAST_WORDS_CHARACTERS = 2000;

export class ForkedEngineLauncher implements EngineLauncher {
  readonly #entry: string;
  readonly #logsFolder: string;

  /** @param entry path of the engine's entry module */
  constructor(entry: string, logsFolder: string) {
    this.#entry = entry;
    this.#logsFolder = logsFolder;
  }

  launch(runId: string): EngineConnection {
    mkdirSync(this.#logsFolder, { recursive: true });
    const log = createWriteStream(join(this.#logsFolder, `engine-${runId}.log`), { flags: 'a' });
    // The run's id on the command line lets a later host recognise an engine that outlived this one.
    const child = fork(this.#entry, [runId], {
      serialization: 'advanced',
      execArgv: [],
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    return new ForkedEngine(child, log);
  }
}

class ForkedEngine implements EngineConnection {
  readonly pid: number | null;
  readonly #child: ChildProcess;
  #lastWords = '';

  constructor(child: ChildProcess, log: WriteStream) {
    this.#child = child;
    this.pid = child.pid ?? null;
    // A log that cannot be written must not end the run.
    log.on('error', () => undefined);
    child.stdout?.on('data', (chunk: Buffer) => log.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      log.write(chunk);
      this.#lastWords = (this.#lastWords + chunk.toString('utf8')).slice(-LAST_WORDS_CHARACTERS);
    });
    child.once('close', () => log.end());
  }

  send(command: EngineCommand): void {
    // A process that is gone answers through onExit.
    if (this.#child.connected) this.#child.send(command, () => undefined);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#child.on('message', listener);
  }

  onExit(listener: (exit: EngineExit) => void): void {
    const child = this.#child;
    let waitingFor = 2;
    const settle = (): void => {
      waitingFor -= 1;
      if (waitingFor === 0) listener({ code: child.exitCode, signal: child.signalCode, lastWords: this.#lastWords });
    };
    // Only after both has everything arrived that it wrote and sent.
    child.once('close', settle);
    child.once('disconnect', settle);
    child.once('error', (error) => {
      if (this.pid === null) listener({ code: null, signal: null, lastWords: error.message });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
