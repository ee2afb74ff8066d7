// The queue: takes runs one after another, one engine process at a time. Runs in the host.
import { join } from 'node:path';
import { AppError, errorMessage } from '../../contracts/app-error.ts';
import { ENGINE_PROTOCOL_VERSION } from '../../contracts/engine-protocol.ts';
import type { EngineEvent } from '../../contracts/engine-protocol.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { RunChanges, RunRecord } from '../../contracts/run-record.ts';
import type { RunState } from '../../contracts/run-state.ts';
import type { EngineLauncher } from './engine-launcher.ts';
import { ingestRunFolder } from './run-journal.ts';
import { requireTransition, toSummary } from './run-states.ts';
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
}

export class Scheduler {
  readonly #store: Store;
  readonly #launcher: EngineLauncher;
  readonly #options: SchedulerOptions;
  readonly #emit: (event: HostEvent) => void;
  #current: { runId: string; supervisor: Supervisor } | null = null;
  #loop: Promise<void> | null = null;
  #stopping = false;
  #storageFailure: string | null = null;

  constructor({ store, launcher, options, emit }: SchedulerDependencies) {
    this.#store = store;
    this.#launcher = launcher;
    this.#options = options;
    this.#emit = emit;
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

  /** A running run ends after its step; a queued one leaves the queue. Throws NOT_FOUND, CONFLICT. */
  pause(id: string): RunRecord {
    const run = this.#require(id);
    requireTransition(id, run.state, 'paused');
    if (this.#current?.runId === id) {
      this.#current.supervisor.pause();
      return run;
    }
    return this.#setState(id, 'paused', {}, 'Paused before it started.');
  }

  /** Throws NOT_FOUND, CONFLICT. */
  cancel(id: string): RunRecord {
    const run = this.#require(id);
    requireTransition(id, run.state, 'cancelled');
    if (this.#current?.runId === id) {
      this.#current.supervisor.cancel();
      return run;
    }
    return this.#setState(id, 'cancelled', { endedAtMs: Date.now() }, 'Cancelled before it started.');
  }

  /** Queues it again; it goes on from its last checkpoint. Throws NOT_FOUND, CONFLICT. */
  requeue(id: string): RunRecord {
    const run = this.#require(id);
    requireTransition(id, run.state, 'queued');
    if (run.state === 'running') throw new AppError('CONFLICT', `Run ${id} is running.`);
    const changes = { attempts: 0, failure: null, endedAtMs: null };
    const queued = this.#setState(id, 'queued', changes, 'Queued again.');
    this.wake();
    return queued;
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
    return this.#stopping ? null : this.#store.runs.nextQueued();
  }

  async #attempt(queued: RunRecord): Promise<void> {
    const attempts = queued.attempts + 1;
    const runFolder = join(this.#options.runsFolder, queued.id);
    await ingestRunFolder(runFolder, queued.id, this.#store);
    // Meanwhile a client may have cancelled it.
    if (this.#stopping || this.#require(queued.id).state !== 'queued') return;
    const connection = this.#launcher.launch(queued.id);
    try {
      const changes = {
        attempts,
        enginePid: connection.pid,
        startedAtMs: queued.startedAtMs ?? Date.now(),
        endedAtMs: null,
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
      config: queued.config,
      runFolder,
      cacheFolder: this.#options.cacheFolder,
    };
    const listener = (event: EngineEvent): void => this.#record(queued.id, event);
    const supervisor = new Supervisor(connection, start, queued.lastStep, this.#options, listener);
    this.#current = { runId: queued.id, supervisor };
    try {
      this.#settle(queued.id, attempts, await supervisor.end);
    } finally {
      this.#current = null;
    }
  }

  #record(runId: string, event: EngineEvent): void {
    this.#store.transaction(() => this.#keep(runId, event));
    if (event.type === 'heartbeat') {
      const { phase, done, total, step } = event;
      this.#emit({ type: 'progress', runId, phase, done, total, step });
    } else if (event.type === 'metrics') {
      this.#emit({ ...event, runId });
    } else if (event.type === 'started') {
      this.#announce(this.#require(runId));
    }
  }

  #keep(runId: string, event: EngineEvent): void {
    const { runs, metrics, parameters, completions, evaluations, events } = this.#store;
    switch (event.type) {
      case 'started':
        // The engine computes these steps again, with the same result.
        this.#store.rewind(runId, event.resumedFromStep);
        runs.update(runId, {
          lastStep: event.resumedFromStep,
          parameterCount: event.parameterCount,
          basesFingerprint: event.basesFingerprint,
        });
        for (const warning of event.warnings) events.append(runId, 'warning', warning);
        break;
      case 'metrics':
        metrics.append(runId, event.step, event.values);
        if (event.parameters !== null) parameters.save(runId, event.step, event.parameters);
        runs.update(runId, { lastStep: event.step });
        break;
      case 'diverged':
        metrics.mark(runId, event.step, event.values);
        break;
      case 'completions':
        completions.append(runId, event.rows);
        break;
      case 'evaluation':
        evaluations.save(runId, event.result);
        break;
      case 'heartbeat':
      case 'ended':
      case 'failed':
        break;
    }
  }

  #settle(id: string, attempts: number, end: AttemptEnd): void {
    const endedAtMs = Date.now();
    if (end.kind === 'ended') {
      const event = `${end.outcome} at step ${end.step}.`;
      // A failure that a retry recovered from stays on record among the events.
      const failure = end.outcome === 'done' ? { failure: null } : {};
      this.#setState(id, end.outcome, { enginePid: null, endedAtMs, lastStep: end.step, ...failure }, event);
      return;
    }
    const { failure } = end;
    const changes = { enginePid: null, failure, lastStep: failure.lastStep };
    if (end.kind === 'failed') {
      const state = failure.code === 'CANCELLED' ? 'cancelled' : 'failed';
      this.#setState(id, state, { ...changes, endedAtMs }, failure.message);
    } else if (this.#stopping) {
      this.#setState(
        id,
        'interrupted',
        { enginePid: null, attempts: attempts - 1 },
        `The host was stopped after step ${failure.lastStep}.`,
      );
    } else if (attempts < MAXIMUM_ATTEMPTS) {
      this.#setState(id, 'queued', changes, `${failure.message} It is tried once more from its last checkpoint.`);
    } else {
      this.#setState(id, 'failed', { ...changes, endedAtMs }, failure.message);
    }
  }

  #setState(id: string, state: RunState, changes: RunChanges, event: string): RunRecord {
    const run = this.#store.transaction(() => this.#store.runs.setState(id, state, changes, event));
    this.#announce(run);
    return run;
  }

  #announce(run: RunRecord): void {
    this.#emit({ type: 'runChanged', run: toSummary(run) });
  }

  #require(id: string): RunRecord {
    const run = this.#store.runs.find(id);
    if (run === null) throw new AppError('NOT_FOUND', `There is no run ${id} in this data folder.`);
    return run;
  }
}
