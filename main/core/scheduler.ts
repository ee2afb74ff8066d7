// The queue: takes runs one after another, one engine process at a time. Runs in the host.
import { join } from 'node:path';
import { AppError, errorMessage } from '../../contracts/app-error.ts';
import { ENGINE_PROTOCOL_VERSION } from '../../contracts/engine-protocol.ts';
import type { EngineEvent } from '../../contracts/engine-protocol.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { QueueEntry, QueueHold, QueueStatus } from '../../contracts/queue.ts';
import type { PreviousState, RunChanges, RunRecord } from '../../contracts/run-record.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import type { RunState } from '../../contracts/run-state.ts';
import type { EngineLauncher } from './engine-launcher.ts';
import { continueRunFolder } from './continued-run.ts';
import { keepEngineEvent } from './engine-events.ts';
import { ingestRunFolder } from './run-journal.ts';
import { isSettled, previousOf, requireTransition, toSummary } from './run-states.ts';
import type { Store } from './store-types.ts';
import { Supervisor } from './supervisor.ts';
import type { AttemptEnd, EngineStartCommand, SupervisorOptions } from './supervisor.ts';

/** One automatic retry, from the last checkpoint: what crashes twice would crash again. */
const MAXIMUM_ATTEMPTS = 2;

export interface SchedulerOptions extends SupervisorOptions {
  runsFolder: string;
  cacheFolder: string;
}

export interface SchedulerDependencies {
  store: Store;
  launcher: EngineLauncher;
  options: SchedulerOptions;
  /** Tells clients. */
  emit: (event: HostEvent) => void;
  /** Called before an engine starts: what else uses the device makes way. */
  beforeStart?: () => Promise<void>;
  /** Asked before an engine starts: another device than the configuration's, and why; null: the configuration's. */
  otherDevice?: (config: RunConfig) => Promise<{ device: 'cpu'; reason: string } | null>;
  /** Called when nothing more happens to a run by itself. */
  onSettled?: (run: RunRecord) => void;
}

interface CurrentRun {
  runId: string;
  supervisor: Supervisor;
  pending: QueueEntry['pending'];
  /** What was asked for was taken back before it had happened: then the run goes on. */
  goesOn: boolean;
}

/** What an undo of cancelling a run under way brings back. */
const QUEUED: PreviousState = { state: 'queued', attempts: 0, endedAtMs: null, failure: null };

export class Scheduler {
  readonly #store: Store;
  readonly #launcher: EngineLauncher;
  readonly #options: SchedulerOptions;
  readonly #emit: (event: HostEvent) => void;
  readonly #beforeStart: () => Promise<void>;
  readonly #otherDevice: NonNullable<SchedulerDependencies['otherDevice']>;
  readonly #onSettled: (run: RunRecord) => void;
  #current: CurrentRun | null = null;
  #loop: Promise<void> | null = null;
  #stopping = false;
  #storageFailure: string | null = null;

  constructor({ store, launcher, options, emit, beforeStart, otherDevice, onSettled }: SchedulerDependencies) {
    this.#store = store;
    this.#launcher = launcher;
    this.#options = options;
    this.#emit = emit;
    this.#beforeStart = beforeStart ?? (() => Promise.resolve());
    this.#otherDevice = otherDevice ?? (() => Promise.resolve(null));
    this.#onSettled = onSettled ?? (() => undefined);
  }

  /** Starts on the queue where nothing runs; call it whenever a run was queued. */
  wake(): void {
    if (this.#loop !== null || this.#stopping || this.#storageFailure !== null) return;
    this.#loop = this.#drain().finally(() => {
      this.#loop = null;
    });
  }

  get isBusy(): boolean {
    return this.#loop !== null;
  }

  /** Why the queue stopped for good; null while it works. */
  get storageFailure(): string | null {
    return this.#storageFailure;
  }

  /** What was asked of the run under way and has not happened yet. */
  pendingOf(id: string): QueueEntry['pending'] {
    return this.#current?.runId === id && !this.#current.goesOn ? this.#current.pending : null;
  }

  status(): QueueStatus {
    return { ...this.#store.queue.settings(), storageFailure: this.#storageFailure };
  }

  /** Nothing new starts; the run under way comes to its end. */
  pauseAfterCurrent(): QueueStatus {
    return this.#hold({ reason: 'after-current', sinceMs: Date.now(), runId: this.#current?.runId ?? null });
  }

  /** Nothing new starts; the run under way is paused after its step. */
  pauseAll(): QueueStatus {
    const runId = this.#current?.runId ?? null;
    if (runId !== null) this.pause(runId);
    return this.#hold({ reason: 'all', sinceMs: Date.now(), runId });
  }

  /** There is too little room: the run under way is paused after its step. A queue that waits already is left as it is. */
  holdForDisk(): void {
    if (this.#store.queue.settings().hold !== null) return;
    const runId = this.#current?.runId ?? null;
    if (runId !== null) this.pause(runId);
    this.#hold({ reason: 'low-disk', sinceMs: Date.now(), runId });
  }

  /** There is room again. */
  endDiskHold(): void {
    if (this.#store.queue.settings().hold?.reason === 'low-disk') this.resumeQueue();
  }

  /** Goes on, first with the run that the queue's pause has paused. */
  resumeQueue(): QueueStatus {
    const { hold } = this.#store.queue.settings();
    const status = this.#hold(null);
    const pausesRun = hold?.reason === 'all' || hold?.reason === 'low-disk';
    if (pausesRun && hold.runId !== null) this.#goOnWith(hold.runId);
    this.wake();
    return status;
  }

  setContinueAfterFailure(enabled: boolean): QueueStatus {
    this.#store.queue.setContinueAfterFailure(enabled);
    return this.announceQueue();
  }

  /** Tells clients that order or settings of the queue changed. */
  announceQueue(): QueueStatus {
    const status = this.status();
    this.#emit({ type: 'queueChanged', status });
    return status;
  }

  /** A running run ends after its step; a queued one leaves the queue. Throws NOT_FOUND, CONFLICT. */
  pause(id: string): RunRecord {
    const run = this.#require(id);
    requireTransition(id, run.state, 'paused');
    if (this.#current?.runId === id) {
      this.#current.pending ??= 'pausing';
      this.#current.supervisor.pause();
      this.announceQueue();
      return run;
    }
    return this.#setState(id, 'paused', {}, 'Paused before it started.');
  }

  /** Throws NOT_FOUND, CONFLICT. */
  cancel(id: string): RunRecord {
    const run = this.#require(id);
    requireTransition(id, run.state, 'cancelled');
    if (this.#current?.runId === id) {
      this.#current.pending = 'cancelling';
      this.#current.goesOn = false;
      this.#current.supervisor.cancel();
      this.announceQueue();
      return run;
    }
    const changes = { endedAtMs: Date.now(), previous: previousOf(run) };
    return this.#setState(
      id,
      'cancelled',
      changes,
      run.state === 'paused' ? 'Cancelled.' : 'Cancelled before it started.',
    );
  }

  /** Queues it again; it goes on from its last checkpoint. Throws NOT_FOUND, CONFLICT. */
  requeue(id: string): RunRecord {
    const run = this.#require(id);
    requireTransition(id, run.state, 'queued');
    if (run.state === 'running') throw new AppError('CONFLICT', `Run ${id} is running.`);
    const changes = { attempts: 0, failure: null, endedAtMs: null, previous: previousOf(run) };
    const queued = this.#setState(id, 'queued', changes, 'Queued again.');
    this.wake();
    return queued;
  }

  /** Brings a cancelled run back to where it was. Throws NOT_FOUND, CONFLICT. */
  undoCancel(id: string): RunRecord {
    const run = this.#require(id);
    if (this.#current?.runId === id && this.#current.pending === 'cancelling') {
      this.#current.goesOn = true;
      return run;
    }
    if (run.state !== 'cancelled' || run.previous === null) {
      throw new AppError('CONFLICT', `Run ${id} is ${run.state}: there is no cancelling to undo.`);
    }
    const restored = this.#restore(id, run.previous, 'Cancelling was undone.');
    this.wake();
    return restored;
  }

  /** Takes a run that was queued by hand back to what it was. Throws NOT_FOUND, CONFLICT once it has started. */
  undoRetry(id: string): RunRecord {
    const run = this.#require(id);
    if (run.state !== 'queued' || run.previous === null || run.previous.state === 'queued') {
      throw new AppError('CONFLICT', `Run ${id} is ${run.state}: it was not queued again, or has started since.`);
    }
    return this.#restore(id, run.previous, 'Queueing again was undone.');
  }

  #restore(id: string, { state, ...changes }: PreviousState, event: string): RunRecord {
    return this.#setState(id, state, { ...changes, previous: null }, event, true);
  }

  #hold(hold: QueueHold | null): QueueStatus {
    this.#store.queue.setHold(hold);
    return this.announceQueue();
  }

  /** Puts a run that the queue's pause has ended, or will end, before all others. */
  #goOnWith(id: string): void {
    if (this.#current?.runId === id && this.#current.pending === 'pausing') {
      this.#current.goesOn = true;
    } else if (this.#store.runs.find(id)?.state === 'paused') {
      this.#store.queue.moveToFront(id);
      this.#setState(id, 'queued', { attempts: 0, endedAtMs: null }, 'Queued again with the queue.', true);
    }
  }

  /** Ends the engine at once and leaves its run `interrupted`: the next host goes on with it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#current?.supervisor.kill();
    await this.#loop;
  }

  async #drain(): Promise<void> {
    // A tick later, so that whoever woke the queue has answered its client first.
    await Promise.resolve();
    try {
      for (let run = this.#next(); run !== null; run = this.#next()) await this.#attempt(run);
    } catch (error) {
      // The run's results can no longer be kept: going on would lose them silently.
      this.#storageFailure = errorMessage(error);
      this.#emit({ type: 'storageFailed', message: this.#storageFailure });
    }
  }

  #next(): RunRecord | null {
    if (this.#stopping) return null;
    const { hold } = this.#store.queue.settings();
    if (hold === null) return this.#store.runs.nextQueued();
    if (hold.reason !== 'after-current' || hold.runId === null) return null;
    // A crash, of engine or host, does not end the run that was to be the last.
    const last = this.#store.runs.find(hold.runId);
    return last?.state === 'queued' && last.removedAtMs === null ? last : null;
  }

  async #attempt(queued: RunRecord): Promise<void> {
    const attempts = queued.attempts + 1;
    const runFolder = join(this.#options.runsFolder, queued.id);
    await this.#beforeStart();
    const other = await this.#otherDevice(queued.config);
    if (queued.continuesFrom !== null) {
      await continueRunFolder(join(this.#options.runsFolder, queued.continuesFrom), runFolder);
    }
    await ingestRunFolder(runFolder, queued.id, this.#store);
    // Meanwhile a client may have cancelled, moved or removed it, or paused the queue.
    if (this.#next()?.id !== queued.id) return;
    const connection = this.#launcher.launch(queued.id);
    try {
      const changes = {
        attempts,
        enginePid: connection.pid,
        startedAtMs: queued.startedAtMs ?? Date.now(),
        endedAtMs: null,
        previous: null,
      };
      this.#setState(queued.id, 'running', changes, attempts === 1 ? 'Started.' : `Started, attempt ${attempts}.`);
    } catch (error) {
      connection.kill();
      throw error;
    }
    const start: EngineStartCommand = {
      type: 'start',
      protocolVersion: ENGINE_PROTOCOL_VERSION,
      runId: queued.id,
      config: other === null ? queued.config : onDevice(queued.config, other.device),
      runFolder,
      cacheFolder: this.#options.cacheFolder,
    };
    if (other !== null) this.#store.events.append(queued.id, 'warning', other.reason);
    const listener = (event: EngineEvent): void => this.#record(queued.id, event);
    const supervisor = new Supervisor(connection, start, queued.lastStep, this.#options, listener);
    const current: CurrentRun = { runId: queued.id, supervisor, pending: null, goesOn: false };
    this.#current = current;
    let end: AttemptEnd;
    try {
      end = await supervisor.end;
    } finally {
      this.#current = null;
    }
    const settled = this.#settle(queued.id, attempts, end);
    if (current.goesOn && (settled.state === 'paused' || settled.state === 'cancelled')) {
      this.#store.queue.moveToFront(queued.id);
      this.#restore(queued.id, QUEUED, 'It goes on: pausing or cancelling was taken back.');
    } else {
      this.#holdAfter(settled);
    }
  }

  #record(runId: string, event: EngineEvent): void {
    this.#store.transaction(() => keepEngineEvent(this.#store, runId, event));
    if (event.type === 'heartbeat') {
      const { phase, done, total, step } = event;
      this.#emit({ type: 'progress', runId, phase, done, total, step });
    } else if (event.type === 'metrics') {
      this.#emit({ ...event, runId });
    } else if (event.type === 'started') {
      this.#announce(this.#require(runId));
    }
  }

  /** The queue stops after the run that was to be the last, and after a failure where the user wants it so. */
  #holdAfter(run: RunRecord): void {
    if (run.state === 'queued' || run.state === 'interrupted') return;
    const { hold, continueAfterFailure } = this.#store.queue.settings();
    const name = `r${run.number} (${run.label}, seed ${run.seed})`;
    if (hold?.reason === 'after-current' && hold.runId === run.id) {
      const status = this.#hold({ ...hold, runId: null });
      this.#emit({ type: 'queueStopped', status, message: `The queue is paused, as asked, after ${name}.` });
    } else if (hold === null && run.state === 'failed' && !continueAfterFailure) {
      const status = this.#hold({ reason: 'failure', sinceMs: Date.now(), runId: run.id });
      const reason = run.failure?.message ?? '';
      this.#emit({ type: 'queueStopped', status, message: `The queue stopped: ${name} failed. ${reason}`.trim() });
    }
  }

  #settle(id: string, attempts: number, end: AttemptEnd): RunRecord {
    const endedAtMs = Date.now();
    if (end.kind === 'ended') {
      const event = `${end.outcome} at step ${end.step}.`;
      // A failure that a retry recovered from stays on record among the events.
      const failure = end.outcome === 'done' ? { failure: null } : {};
      const previous = end.outcome === 'cancelled' ? { previous: QUEUED } : {};
      const changes = { enginePid: null, endedAtMs, lastStep: end.step, ...failure, ...previous };
      return this.#setState(id, end.outcome, changes, event);
    }
    const { failure } = end;
    const changes = { enginePid: null, failure, lastStep: failure.lastStep };
    if (end.kind === 'failed') {
      const state = failure.code === 'CANCELLED' ? 'cancelled' : 'failed';
      return this.#setState(id, state, { ...changes, endedAtMs }, failure.message);
    }
    if (this.#stopping) {
      return this.#setState(
        id,
        'interrupted',
        { enginePid: null, attempts: attempts - 1 },
        `The host was stopped after step ${failure.lastStep}.`,
      );
    }
    if (attempts < MAXIMUM_ATTEMPTS) {
      const event = `${failure.message} It is tried once more from its last checkpoint.`;
      return this.#setState(id, 'queued', changes, event);
    }
    return this.#setState(id, 'failed', { ...changes, endedAtMs }, failure.message);
  }

  #setState(id: string, state: RunState, changes: RunChanges, event: string, keepsPlace = false): RunRecord {
    const run = this.#store.transaction(() => this.#store.runs.setState(id, state, changes, event, keepsPlace));
    this.#announce(run);
    if (isSettled(state)) this.#onSettled(run);
    return run;
  }

  #announce(run: RunRecord): void {
    if (run.removedAtMs === null) this.#emit({ type: 'runChanged', run: toSummary(run) });
  }

  #require(id: string): RunRecord {
    const run = this.#store.runs.find(id);
    if (run === null) throw new AppError('NOT_FOUND', `There is no run ${id} in this data folder.`);
    return run;
  }
}

function onDevice(config: RunConfig, device: 'cpu'): RunConfig {
  return { ...config, engine: { ...config.engine, device } };
}
