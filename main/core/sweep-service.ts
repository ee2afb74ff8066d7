// What clients ask of sweeps and runs: plan, run, report, show. Runs in the host.
import { join } from 'node:path';
import type { EvaluationResult } from '../../contracts/engine-protocol.ts';
import type { HostEvent, HostResult } from '../../contracts/host-protocol.ts';
import type { RecipeSource } from '../../contracts/methods/sweeps.ts';
import type { AdapterConfig } from '../../contracts/run-config.ts';
import type { PlannedCell, RunRecord, SavedSweep, SweepRecord } from '../../contracts/run-record.ts';
import type { RunOverview } from '../../contracts/run-overview.ts';
import type { RunDetail } from '../../contracts/run-state.ts';
import type {
  EvaluationPair,
  SweepPlan,
  SweepPlanCell,
  SweepReport,
  SweepReportCell,
  SweepStart,
} from '../../contracts/sweep-report.ts';
import { readGgufHeader } from './gguf-header.ts';
import { adapterMap } from './group-map.ts';
import { resolvePath } from './named-paths.ts';
import type { RecipeLibrary } from './recipe-library.ts';
import { findRun, findSweep } from './references.ts';
import { runOverview } from './run-overview.ts';
import { isSettled, toSummary } from './run-states.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store-types.ts';
import { extendedCells } from './sweep-extension.ts';
import type { Extension } from './sweep-extension.ts';
import { planSweep } from './sweep-plan.ts';
import type { PlanContext, PlannedSweep } from './sweep-plan.ts';

export interface SweepServiceDependencies {
  store: Store;
  scheduler: Scheduler;
  planContext: () => Promise<PlanContext>;
  recipes: RecipeLibrary;
  runsFolder: string;
  /** Tells clients. */
  emit: (event: HostEvent) => void;
}

export class SweepService {
  readonly #store: Store;
  readonly #scheduler: Scheduler;
  readonly #planContext: () => Promise<PlanContext>;
  readonly #recipes: RecipeLibrary;
  readonly #runsFolder: string;
  readonly #emit: (event: HostEvent) => void;

  constructor({ store, scheduler, planContext, recipes, runsFolder, emit }: SweepServiceDependencies) {
    this.#store = store;
    this.#scheduler = scheduler;
    this.#planContext = planContext;
    this.#recipes = recipes;
    this.#runsFolder = runsFolder;
    this.#emit = emit;
  }

  /** Throws BAD_INPUT for whatever of the recipe cannot run. */
  async plan(source: RecipeSource): Promise<SweepPlan> {
    return this.#toPlan(await planSweep(await this.#recipes.document(source), await this.#planContext()));
  }

  /**
   * Queues what is missing: cells without a run, and runs that failed, were cancelled or paused. All cells are written
   * before anything starts. A recipe that is no file yet is saved. Throws BAD_INPUT for whatever of the recipe cannot run.
   */
  async run(source: RecipeSource): Promise<SweepStart> {
    const context = await this.#planContext();
    // Only what can run is worth a file.
    await planSweep(await this.#recipes.document(source), context);
    const planned = await planSweep(await this.#recipes.keep(source), context);
    const { id, name, description, recipePath, recipeText, cells } = planned;
    const [saved, requeuedRunIds] = this.#store.transaction(() => [
      this.#store.sweeps.save({ id, name, description, recipePath, recipeText }, cells),
      this.#requeue(cells.map(({ runId }) => runId)),
    ]);
    return this.#started(this.#toPlan(planned), saved, requeuedRunIds);
  }

  /** Queues failed, cancelled and paused cells of a sweep as it stands. Throws NOT_FOUND, CONFLICT. */
  retryMissing(reference: string): SweepStart {
    const sweep = findSweep(this.#store, reference);
    const requeued = this.#store.transaction(() => this.#requeue(sweep.cells.map(({ runId }) => runId)));
    const { number } = sweep;
    return this.#started(
      this.#planOf(sweep),
      { number, isNew: false, createdRunIds: [], restoredRunIds: [] },
      requeued,
    );
  }

  /**
   * Adds cells to a sweep, and queues what of them is missing.
   * @param planOnly changes nothing
   * Throws NOT_FOUND; BAD_INPUT, naming the setting, for what a setting cannot be.
   */
  async extend(reference: string, extension: Extension, planOnly: boolean): Promise<SweepStart> {
    const sweep = findSweep(this.#store, reference);
    const members = sweep.cells.map((cell) => ({ ...cell, run: findRun(this.#store, cell.runId) }));
    const { cells, duplicatesRemoved } = await extendedCells(members, extension, await this.#planContext());
    const { id: sweepId, number, name, description, recipePath } = sweep;
    const plan = (): SweepPlan => ({
      ...{ sweepId, name, description, recipePath, duplicatesRemoved },
      cells: cells.map((cell) => this.#toPlanCell(cell)),
    });
    if (planOnly) {
      const createdRunIds = plan().cells.flatMap(({ runId, status }) => (status === null ? [runId] : []));
      return { ...plan(), number, isNew: false, createdRunIds, requeuedRunIds: [], restoredRunIds: [] };
    }
    const [saved, requeued] = this.#store.transaction(() => [
      this.#store.sweeps.addCells(sweepId, cells),
      this.#requeue(cells.map(({ runId }) => runId)),
    ]);
    return this.#started(plan(), saved, requeued);
  }

  /** @returns ids of the runs that were cancelled or told to end. Throws NOT_FOUND, CONFLICT. */
  cancel(reference: string): string[] {
    const sweep = findSweep(this.#store, reference);
    const unsettled = sweep.cells.filter(({ runId }) => !isSettled(findRun(this.#store, runId).state));
    // The waiting ones first, so that none of them starts in the place of the one that ends.
    this.#store.transaction(() => {
      for (const { runId } of unsettled.toReversed()) this.#scheduler.cancel(runId);
    });
    return unsettled.map(({ runId }) => runId);
  }

  /** Which modules share their numbers. Throws BAD_INPUT for a model that cannot be read or a rank that it has not. */
  async adapterMap(model: string, adapter: AdapterConfig): Promise<HostResult<'adapterMap'>> {
    const { folders } = await this.#planContext();
    const path = await resolvePath(model, folders.models, folders);
    return adapterMap(await readGgufHeader(path), adapter, path);
  }

  report(reference: string): SweepReport {
    const { id: sweepId, cells, ...header } = findSweep(this.#store, reference);
    return { sweepId, ...header, cells: cells.map((cell) => this.#reportCell(cell)) };
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

  /** Throws NOT_FOUND. */
  overview(reference: string): Omit<RunOverview, 'pending'> {
    const run = this.findRun(reference);
    return runOverview(this.#store, run, join(this.#runsFolder, run.id));
  }

  /** See `findRun`. */
  findRun(reference: string): RunRecord {
    return findRun(this.#store, reference);
  }

  /** @returns ids of those that wait again */
  #requeue(runIds: readonly string[]): string[] {
    const missing = runIds.filter((runId) => {
      const run = this.#store.runs.find(runId);
      return run !== null && run.removedAtMs === null && run.state !== 'done' && isSettled(run.state);
    });
    for (const runId of missing) this.#scheduler.requeue(runId);
    return missing;
  }

  #started(plan: SweepPlan, saved: SavedSweep, requeuedRunIds: string[]): SweepStart {
    this.#emit({ type: 'sweepsChanged', sweepIds: [plan.sweepId] });
    this.#scheduler.announceQueue();
    this.#scheduler.wake();
    return { ...plan, ...saved, requeuedRunIds };
  }

  #planOf({ id: sweepId, name, description, recipePath, cells }: SweepRecord): SweepPlan {
    const planned = cells.map(({ runId, label, role }) => {
      const { cellKey, config, seed, parameterCount, state: status } = findRun(this.#store, runId);
      return { cellKey, runId, label, role, config, seed, parameterCount: parameterCount ?? 0, status };
    });
    return { sweepId, name, description, recipePath, cells: planned, duplicatesRemoved: 0 };
  }

  #toPlan(planned: PlannedSweep): SweepPlan {
    const { id: sweepId, name, description, recipePath, duplicatesRemoved } = planned;
    const cells = planned.cells.map((cell) => this.#toPlanCell(cell));
    return { sweepId, name, description, recipePath, cells, duplicatesRemoved };
  }

  #toPlanCell({ key: cellKey, runId, label, role, config, parameterCount }: PlannedCell): SweepPlanCell {
    const run = this.#store.runs.find(runId);
    const status = run === null || run.removedAtMs !== null ? null : run.state;
    return { cellKey, runId, label, role, config, seed: config.seed, parameterCount, status };
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
