// What clients ask of the queue: its list with the time left, order, retries, edits. Runs in the host.
import { AppError, badInput } from '../../contracts/app-error.ts';
import type { HostEvent, HostResult } from '../../contracts/host-protocol.ts';
import type { DurationEstimate, Queue, QueueEntry } from '../../contracts/queue.ts';
import { RunConfig } from '../../contracts/run-config.ts';
import type { PlannedCell, RunRecord } from '../../contracts/run-record.ts';
import type { RunSummary } from '../../contracts/run-state.ts';
import { withValue } from './dotted-paths.ts';
import { cellLabel } from './labels.ts';
import { findRun } from './references.ts';
import { toSummary } from './run-states.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store-types.ts';
import { planCell } from './sweep-plan.ts';
import type { PlanContext } from './sweep-plan.ts';

/** Failures shown until they are acknowledged. */
const FAILURE_LIMIT = 50;
/** States that `retryRuns` queues again. */
const RETRIED = ['paused', 'failed', 'cancelled'];

export interface QueueServiceDependencies {
  store: Store;
  scheduler: Scheduler;
  planContext: () => Promise<PlanContext>;
  emit: (event: HostEvent) => void;
}

type Estimator = (shape: string, steps: number) => DurationEstimate | null;

export class QueueService {
  readonly #store: Store;
  readonly #scheduler: Scheduler;
  readonly #planContext: () => Promise<PlanContext>;
  readonly #emit: (event: HostEvent) => void;

  constructor({ store, scheduler, planContext, emit }: QueueServiceDependencies) {
    this.#store = store;
    this.#scheduler = scheduler;
    this.#planContext = planContext;
    this.#emit = emit;
  }

  /** @param limit waiting runs listed; the times are of all */
  list(limit: number): Queue {
    const { runs, queue, costs } = this.#store;
    const estimate = this.#estimator();
    const running = runs.withState('running').map((run) => this.#entry(run, this.#remaining(run, estimate)));
    const waiting = queue
      .waiting(limit)
      .map((run) => this.#entry(run, estimate(costs.shapeOfCell(run.cellKey), stepsLeft(run))));
    const failures = queue.unseenFailures(FAILURE_LIMIT).map((run) => this.#entry(run, null));
    const left = running.map((entry) => ({ estimate: entry.estimate, runs: 1 }));
    for (const { shape, steps, runs: count } of queue.waitingShapes()) {
      left.push({ estimate: estimate(shape, steps), runs: count });
    }
    const known = left.flatMap(({ estimate: found, runs: count }) => (found ? [found.durationMs * count] : []));
    return {
      status: this.#scheduler.status(),
      running,
      waiting,
      waitingCount: queue.waitingCount(),
      failures,
      remainingMs: known.length === 0 && left.length > 0 ? null : sum(known),
      withoutEstimate: sum(left.map(({ estimate: found, runs: count }) => (found ? 0 : count))),
    };
  }

  /** Time that the queue still needs, over the runs whose duration is known. */
  remainingMs(): number | null {
    return this.list(0).remainingMs;
  }

  /** Throws NOT_FOUND; CONFLICT where one of them does not wait. */
  move(references: readonly string[], position: number): HostResult<'moveInQueue'> {
    const ids = [...new Set(references.map((reference) => this.#requireWaiting(reference).id))];
    const place = this.#store.queue.move(ids, position);
    this.#scheduler.announceQueue();
    return { position: place, waitingCount: this.#store.queue.waitingCount() };
  }

  /** Queues what can be queued again; the rest is left alone. Throws NOT_FOUND. */
  retry(references: readonly string[]): RunSummary[] {
    const runs = references.map((reference) => findRun(this.#store, reference));
    return runs.map((run) => toSummary(RETRIED.includes(run.state) ? this.#scheduler.requeue(run.id) : run));
  }

  /** Throws NOT_FOUND, CONFLICT. */
  undoCancel(references: readonly string[]): RunSummary[] {
    const runs = references.map((reference) => findRun(this.#store, reference));
    return runs.map(({ id }) => toSummary(this.#scheduler.undoCancel(id)));
  }

  /** Throws NOT_FOUND, CONFLICT. */
  undoRetry(references: readonly string[]): RunSummary[] {
    const runs = references.map((reference) => findRun(this.#store, reference));
    return runs.map(({ id }) => toSummary(this.#scheduler.undoRetry(id)));
  }

  /** A new cell in the run's sweeps. Throws NOT_FOUND; BAD_INPUT naming the setting. */
  async retryWithChanges(reference: string, changes: Record<string, unknown>): Promise<HostResult<'retryWithChanges'>> {
    const run = findRun(this.#store, reference);
    const cell = await this.#changedCell(run, changes);
    const sweeps = this.#store.sweeps.ofRun(run.id);
    if (sweeps.length === 0) {
      throw new AppError(
        'CONFLICT',
        `Run ${reference} is in no sweep that could take the new cell: restore its sweep.`,
      );
    }
    const created = this.#store.transaction(() =>
      sweeps.flatMap(({ id }) => this.#store.sweeps.addCells(id, [cell]).createdRunIds),
    );
    this.#emit({ type: 'sweepsChanged', sweepIds: sweeps.map(({ id }) => id) });
    this.#scheduler.announceQueue();
    const known = findRun(this.#store, cell.runId);
    const queued = RETRIED.includes(known.state) ? this.#scheduler.requeue(known.id) : known;
    this.#announce(queued);
    this.#scheduler.wake();
    return { run: toSummary(queued), isNew: created.length > 0 };
  }

  /** Throws NOT_FOUND; CONFLICT once the run has started; BAD_INPUT naming what the configuration lacks. */
  async edit(reference: string, config: RunConfig): Promise<HostResult<'editQueuedRun'>> {
    const before = this.#requireWaiting(reference);
    const cell = await this.#cellOf(before, config);
    // Meanwhile it may have started.
    const run = this.#requireWaiting(before.id);
    if (run.startedAtMs !== null) {
      throw new AppError('CONFLICT', `Run ${reference} has started already: retry it with changes instead.`);
    }
    if (cell.key === run.cellKey) return { run: toSummary(run), isNew: false };
    const sweepIds = this.#store.sweeps.ofRun(run.id).map(({ id }) => id);
    const isNew = this.#store.transaction(() => this.#store.sweeps.replaceRun(run.id, cell));
    this.#emit({ type: 'runsRemoved', ids: [run.id] });
    this.#emit({ type: 'sweepsChanged', sweepIds });
    this.#scheduler.announceQueue();
    const edited = findRun(this.#store, cell.runId);
    this.#announce(edited);
    this.#scheduler.wake();
    return { run: toSummary(edited), isNew };
  }

  /** @returns how many were news */
  acknowledge(references: readonly string[]): number {
    const ids = references.map((reference) => findRun(this.#store, reference).id);
    const acknowledged = ids.filter((id) => this.#store.queue.acknowledgeFailure(id)).length;
    if (acknowledged > 0) this.#scheduler.announceQueue();
    return acknowledged;
  }

  #changedCell(run: RunRecord, changes: Record<string, unknown>): Promise<PlannedCell> {
    let settings: Record<string, unknown> = run.config;
    for (const [path, value] of Object.entries(changes)) settings = withValue(settings, path.split('.'), value);
    const parsed = RunConfig.safeParse(settings);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw badInput(`Setting \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? 'not valid'}.`);
    }
    return this.#cellOf(run, parsed.data);
  }

  async #cellOf(run: RunRecord, config: RunConfig): Promise<PlannedCell> {
    const where = `Run r${run.number}: \`adapter\``;
    const label = cellLabel(run, config);
    return planCell({ label, role: 'cell', config }, where, await this.#planContext());
  }

  #requireWaiting(reference: string): RunRecord {
    const run = findRun(this.#store, reference);
    if (run.state !== 'queued' || run.removedAtMs !== null) {
      const state = run.removedAtMs === null ? run.state : 'removed';
      throw new AppError('CONFLICT', `Run ${reference} is ${state}: only a waiting run has a place in the queue.`);
    }
    return run;
  }

  #announce(run: RunRecord): void {
    this.#emit({ type: 'runChanged', run: toSummary(run) });
  }

  #entry(run: RunRecord, estimate: DurationEstimate | null): QueueEntry {
    const sweeps = this.#store.sweeps.ofRun(run.id);
    return { run: toSummary(run), sweeps, estimate, pending: this.#scheduler.pendingOf(run.id) };
  }

  /** By its own steps from the third on, else like a waiting one. */
  #remaining(run: RunRecord, estimate: Estimator): DurationEstimate | null {
    const { costs } = this.#store;
    const stepMs = costs.stepMsOf(run.id);
    if (stepMs === null) return estimate(costs.shapeOfCell(run.cellKey), stepsLeft(run));
    return { durationMs: stepMs * stepsLeft(run), basis: 'own-steps', runs: 1 };
  }

  /** Looks each shape up once. */
  #estimator(): Estimator {
    const { costs } = this.#store;
    const known = new Map<string, ((steps: number) => DurationEstimate) | null>();
    const lookUp = (shape: string): ((steps: number) => DurationEstimate) | null => {
      const cost = costs.ofShape(shape);
      if (cost !== null) {
        const { stepMs, overheadMs, runs } = cost;
        return (steps) => ({ durationMs: stepMs * steps + overheadMs, basis: 'like-runs', runs });
      }
      const pilot = costs.latestPilot(shape);
      if (pilot === null) return null;
      return (steps) => ({ durationMs: pilot.stepMs * steps + pilot.loadMs, basis: 'pilot', runs: 1 });
    };
    return (shape, steps) => {
      const cost = known.has(shape) ? known.get(shape) : lookUp(shape);
      known.set(shape, cost ?? null);
      return cost?.(steps) ?? null;
    };
  }
}

function stepsLeft({ totalSteps, lastStep }: RunRecord): number {
  return Math.max(0, totalSteps - lastStep);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
