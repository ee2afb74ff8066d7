// What clients ask of sweeps and runs: plan, run, report, show. Runs in the host.
import { join } from 'node:path';
import { AppError } from '../../contracts/app-error.ts';
import type { EvaluationResult } from '../../contracts/engine-protocol.ts';
import type { RunRecord, SweepRecord } from '../../contracts/run-record.ts';
import type { RunDetail } from '../../contracts/run-state.ts';
import type { EvaluationPair, SweepPlan, SweepReport, SweepReportCell } from '../../contracts/sweep-report.ts';
import { isSettled, toSummary } from './run-states.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store-types.ts';
import { planSweep } from './sweep-plan.ts';
import type { PlanContext, PlannedSweep } from './sweep-plan.ts';

export interface SweepServiceDependencies {
  store: Store;
  scheduler: Scheduler;
  planContext: () => Promise<PlanContext>;
  runsFolder: string;
}

export class SweepService {
  readonly #store: Store;
  readonly #scheduler: Scheduler;
  readonly #planContext: () => Promise<PlanContext>;
  readonly #runsFolder: string;

  constructor({ store, scheduler, planContext, runsFolder }: SweepServiceDependencies) {
    this.#store = store;
    this.#scheduler = scheduler;
    this.#planContext = planContext;
    this.#runsFolder = runsFolder;
  }

  /** Throws BAD_INPUT for whatever of the recipe cannot run. */
  async plan(recipePath: string): Promise<SweepPlan> {
    return this.#toPlan(await planSweep(recipePath, await this.#planContext()));
  }

  /**
   * Queues what is missing: cells without a run, and runs that failed, were cancelled or paused. All cells are written
   * before anything starts. Throws BAD_INPUT for whatever of the recipe cannot run.
   */
  async run(recipePath: string): Promise<SweepPlan> {
    const planned = await planSweep(recipePath, await this.#planContext());
    const { id, name, description, cells } = planned;
    this.#store.transaction(() => this.#store.sweeps.save({ id, name, description, recipePath }, cells));
    for (const cell of cells) {
      const state = this.#store.runs.find(cell.runId)?.state;
      if (state !== undefined && state !== 'done' && isSettled(state)) this.#scheduler.requeue(cell.runId);
    }
    this.#scheduler.wake();
    return this.#toPlan(planned);
  }

  /** @returns how many runs were cancelled or told to end */
  cancel(reference: string): number {
    const unsettled = this.#findSweep(reference).cells.filter(({ runId }) => !isSettled(this.findRun(runId).state));
    for (const { runId } of unsettled) this.#scheduler.cancel(runId);
    return unsettled.length;
  }

  report(reference: string): SweepReport {
    const { id: sweepId, cells, name, description, recipePath, createdAtMs } = this.#findSweep(reference);
    return { sweepId, name, description, recipePath, createdAtMs, cells: cells.map((cell) => this.#reportCell(cell)) };
  }

  /** @param completionLimit samples shown, newest first */
  show(reference: string, completionLimit: number): RunDetail {
    const run = this.findRun(reference);
    return {
      run: toSummary(run),
      config: run.config,
      runFolder: join(this.#runsFolder, run.id),
      modelHash: run.modelHash,
      basesFingerprint: run.basesFingerprint,
      metrics: this.#store.metrics.series(run.id),
      evaluations: this.#store.evaluations.list(run.id),
      completions: this.#store.completions.latest(run.id, completionLimit),
      events: this.#store.events.list(run.id),
    };
  }

  /** @param reference a run's id, or enough of its start. Throws NOT_FOUND, CONFLICT where several match. */
  findRun(reference: string): RunRecord {
    const exact = this.#store.runs.find(reference);
    if (exact !== null) return exact;
    return requireOne(this.#store.runs.findByPrefix(reference), 'run', reference, '`tinylora runs list` shows them');
  }

  #findSweep(reference: string): SweepRecord {
    const { sweeps } = this.#store;
    const known = sweeps.find(reference) ?? sweeps.latestByName(reference) ?? sweeps.latestByRecipePath(reference);
    if (known !== null) return known;
    const remedy = 'give the id or name of a sweep that was run, or its recipe file';
    return requireOne(sweeps.findByPrefix(reference), 'sweep', reference, remedy);
  }

  #toPlan(planned: PlannedSweep): SweepPlan {
    const { id: sweepId, name, description, recipePath, duplicatesRemoved } = planned;
    const cells = planned.cells.map(({ key: cellKey, runId, label, role, config, parameterCount }) => {
      const status = this.#store.runs.find(runId)?.state ?? null;
      return { cellKey, runId, label, role, config, seed: config.seed, parameterCount, status };
    });
    return { sweepId, name, description, recipePath, cells, duplicatesRemoved };
  }

  #reportCell({ runId, label, role }: SweepRecord['cells'][number]): SweepReportCell {
    const run = this.findRun(runId);
    const evaluations = this.#store.evaluations.list(runId);
    const endStep = Math.max(0, ...evaluations.map(({ step }) => step));
    return {
      cellKey: run.cellKey,
      runId,
      label,
      role,
      config: run.config,
      seed: run.seed,
      parameterCount: run.parameterCount,
      status: run.state,
      lastStep: run.lastStep,
      failure: run.failure,
      evaluations: { start: pairAt(evaluations, 0), end: pairAt(evaluations, endStep) },
    };
  }
}

function pairAt(evaluations: readonly EvaluationResult[], step: number): EvaluationPair {
  const find = (mode: EvaluationResult['mode']): EvaluationResult | null =>
    evaluations.find((evaluation) => evaluation.step === step && evaluation.mode === mode) ?? null;
  return { sampled: find('sampled'), greedy: find('greedy') };
}

function requireOne<Found>(found: readonly Found[], kind: string, reference: string, remedy: string): Found {
  const [first, second] = found;
  if (first === undefined)
    throw new AppError('NOT_FOUND', `There is no ${kind} ${reference} in this data folder; ${remedy}.`);
  if (second !== undefined)
    throw new AppError('CONFLICT', `More than one ${kind} begins with ${reference}; give more of its id.`);
  return first;
}
