// The playground's process and what clients ask of it. Runs in the host.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { AppError } from '../../../contracts/app-error.ts';
import type { HostEvent, HostParams } from '../../../contracts/host-protocol.ts';
import { PlaygroundMessage } from '../../../contracts/playground.ts';
import type {
  GenerateCommand,
  PlaygroundAnswer,
  PlaygroundCommand,
  PlaygroundState,
} from '../../../contracts/playground.ts';
import { explainCrash } from '../../core/crash-cause.ts';
import { childEnvironment } from '../../core/child-environment.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'engine', 'playground.mjs');
const LAST_WORDS_CHARACTERS = 2000;

export interface PlaygroundDependencies {
  cacheFolder: string;
  emit: (event: HostEvent) => void;
  /** The run that trains on the GPU now. */
  gpuHeldBy: () => string | null;
  /** Absolute path of a model of the library. */
  modelPath: (name: string) => Promise<string>;
  adapter: (adapter: HostParams<'generate'>['sides'][number]['adapter']) => GenerateCommand['sides'][number]['adapter'];
}

interface Pending {
  command: GenerateCommand;
  resolve: (answers: PlaygroundAnswer[]) => void;
  reject: (error: AppError) => void;
}

export class PlaygroundService {
  readonly #dependencies: PlaygroundDependencies;
  readonly #cpuTokensPerSecond = new Map<string, number>();
  #child: ChildProcess | null = null;
  #lastWords = '';
  #pending: Pending | null = null;
  #isPreparing = false;
  #used: { model: string; modelPath: string; device: 'cpu' | 'gpu' } | null = null;
  #failure: string | null = null;

  constructor(dependencies: PlaygroundDependencies) {
    this.#dependencies = dependencies;
  }

  state(): PlaygroundState {
    const speed = this.#used === null ? undefined : this.#cpuTokensPerSecond.get(this.#used.modelPath);
    return {
      state: this.#stateName(),
      model: this.#used?.model ?? null,
      device: this.#used?.device ?? null,
      pid: this.#child?.pid ?? null,
      failure: this.#failure,
      gpuHeldBy: this.#dependencies.gpuHeldBy(),
      cpuTokensPerSecond: speed ?? null,
    };
  }

  get isBusy(): boolean {
    return this.#pending !== null;
  }

  /** Rejects with CONFLICT, BAD_INPUT, NOT_FOUND; INTERNAL where its process dies. */
  async generate(request: HostParams<'generate'>): Promise<PlaygroundAnswer[]> {
    if (this.#pending !== null || this.#isPreparing) {
      throw new AppError('CONFLICT', 'The playground is answering already: stop it, or wait for its answer.');
    }
    const holder = this.#dependencies.gpuHeldBy();
    if (request.device === 'gpu' && holder !== null) {
      throw new AppError(
        'CONFLICT',
        `Training holds the GPU (run ${holder}): use the CPU, or wait until it has ended.`,
      );
    }
    this.#isPreparing = true;
    try {
      const command = await this.#command(request);
      this.#used = { model: request.model, modelPath: command.modelPath, device: command.device };
      this.#failure = null;
      const answers = new Promise<PlaygroundAnswer[]>((resolve, reject) => {
        this.#pending = { command, resolve, reject };
      });
      this.#send(command);
      this.#announce();
      return await answers;
    } finally {
      this.#isPreparing = false;
    }
  }

  stop(): PlaygroundState {
    if (this.#pending !== null) this.#send({ type: 'stop' });
    return this.state();
  }

  /** Ends the process, whatever it does. */
  async close(): Promise<PlaygroundState> {
    const child = this.#child;
    this.#child = null;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGKILL');
      await closed;
    }
    this.#settle(new AppError('CONFLICT', 'The playground was restarted before it had answered.'));
    this.#failure = null;
    this.#announce();
    return this.state();
  }

  async #command({ model, sides, ...request }: HostParams<'generate'>): Promise<GenerateCommand> {
    const { adapter } = this.#dependencies;
    return {
      type: 'generate',
      ...request,
      modelPath: await this.#dependencies.modelPath(model),
      cacheFolder: this.#dependencies.cacheFolder,
      sides: sides.map((side) => ({ side: side.side, adapter: adapter(side.adapter) })),
    };
  }

  #stateName(): PlaygroundState['state'] {
    if (this.#pending !== null) return 'generating';
    if (this.#failure !== null) return 'stopped';
    return this.#child === null ? 'closed' : 'ready';
  }

  #send(command: PlaygroundCommand): void {
    this.#child ??= this.#launch();
    // A process that is gone answers through its end.
    this.#child.send(command, () => undefined);
  }

  #launch(): ChildProcess {
    const child = fork(ENTRY, {
      serialization: 'advanced',
      execArgv: [],
      env: childEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#lastWords = '';
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_CHARACTERS)));
    child.on('message', (message) => this.#hear(PlaygroundMessage.parse(message)));
    child.once('error', (error) => this.#ended(child, error.message));
    child.once('close', (code, signal) => this.#ended(child, signal ?? `exit code ${code}`));
    return child;
  }

  #hear(message: PlaygroundMessage): void {
    if (message.requestId !== this.#pending?.command.requestId) return;
    if (message.type === 'tokens') {
      const { requestId, side, text, tokens } = message;
      this.#dependencies.emit({ type: 'playgroundTokens', requestId, side, text, tokens });
    } else if (message.type === 'answers') {
      this.#measure(message.answers);
      this.#settle(message.answers);
    } else {
      const isUsers = message.code === 'BAD_INPUT';
      this.#settle(new AppError(isUsers ? 'BAD_INPUT' : 'INTERNAL', message.message));
    }
  }

  #measure(answers: readonly PlaygroundAnswer[]): void {
    if (this.#used?.device !== 'cpu') return;
    const tokens = answers.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
    const durationMs = answers.reduce((sum, answer) => sum + answer.durationMs, 0);
    if (tokens > 0 && durationMs > 0) this.#cpuTokensPerSecond.set(this.#used.modelPath, (tokens / durationMs) * 1000);
  }

  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    this.#child = null;
    const cause = explainCrash(this.#lastWords) ?? this.#lastWords.trim();
    this.#failure = `The playground stopped (${how}). Training was not touched. ${cause}`.trim();
    if (this.#pending === null) this.#announce();
    else this.#settle(new AppError('INTERNAL', this.#failure));
  }

  #settle(end: PlaygroundAnswer[] | AppError): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    if (end instanceof AppError) pending.reject(end);
    else pending.resolve(end);
    this.#announce();
  }

  #announce(): void {
    this.#dependencies.emit({ type: 'playgroundChanged', state: this.state() });
  }
}
