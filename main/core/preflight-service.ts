// What a sweep will cost: pilots measured and kept, like runs, and what neither knows. Runs in the host.
import { readFile, statfs } from 'node:fs/promises';
import { AppError, errorMessage } from '../../contracts/app-error.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { RecipeSource } from '../../contracts/methods/sweeps.ts';
import type { Preflight, PreflightBasis, PreflightShape, PreflightWarning } from '../../contracts/preflight.ts';
import type { Pilot, PlannedCell } from '../../contracts/run-record.ts';
import type { EngineLauncher } from './engine-launcher.ts';
import { startPilot } from './pilot.ts';
import type { PilotOptions, RunningPilot } from './pilot.ts';
import { runCost, stepWork } from './preflight-cost.ts';
import { directionWarnings, diskWarning, memoryRemedy, memoryWarning } from './preflight-warnings.ts';
import type { QueueService } from './queue-service.ts';
import type { RecipeLibrary } from './recipe-library.ts';
import type { Store } from './store-types.ts';
import { planSweep } from './sweep-plan.ts';
import type { PlanContext } from './sweep-plan.ts';

/** Pilots of one preflight: further shapes are scaled from these. */
const MAXIMUM_PILOTS = 8;

export interface PreflightDependencies {
  store: Store;
  queue: QueueService;
  recipes: RecipeLibrary;
  launcher: EngineLauncher;
  planContext: () => Promise<PlanContext>;
  options: PilotOptions;
  /** Of the data folder. */
  home: string;
  /** Whether the queue is at work, or is about to be. */
  isTraining: () => boolean;
  emit: (event: HostEvent) => void;
}

/** Cells of one shape, the dearest first. */
interface Shape {
  shape: string;
  cells: PlannedCell[];
  dearest: PlannedCell;
}

interface Measurement {
  /** Pilots of this preflight that failed, by shape. */
  problems: Map<string, string>;
  notMeasured: string | null;
}

interface ActiveMeasurement {
  cancelledBecause: string | null;
  pilot: RunningPilot | null;
  settled: Promise<unknown>;
}

export class PreflightService {
  readonly #dependencies: PreflightDependencies;
  readonly #active = new Map<string, ActiveMeasurement>();

  constructor(dependencies: PreflightDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @param measure runs pilots for shapes that were not measured with this code
   * @param id names the preflight in progress events and for `cancel`
   * Throws BAD_INPUT for whatever of the recipe cannot run, CONFLICT where the id is in use.
   */
  async run(source: RecipeSource, measure: boolean, id: string): Promise<Preflight> {
    const { recipes, planContext, store } = this.#dependencies;
    const context = await planContext();
    const planned = await planSweep(await recipes.document(source), context);
    const missing = planned.cells.filter(({ runId }) => store.runs.find(runId)?.state !== 'done');
    const shapes = this.#shapesOf(missing);
    const measurement = measure
      ? await this.#measure(shapes, context.codeVersion, id)
      : { problems: new Map<string, string>(), notMeasured: null };
    return this.#summary(missing, shapes, context.codeVersion, measurement);
  }

  /** @returns whether there was one to cancel */
  cancel(id: string): boolean {
    return this.#stop(id, 'The measurement was cancelled.');
  }

  /** Training comes first: ends what measures, and waits until the device is free. */
  async makeWay(): Promise<void> {
    const active = [...this.#active.entries()];
    for (const [id] of active) this.#stop(id, 'The queue started, and training comes first.');
    await Promise.allSettled(active.map(([, { settled }]) => settled));
  }

  #stop(id: string, reason: string): boolean {
    const active = this.#active.get(id);
    if (active === undefined) return false;
    active.cancelledBecause ??= reason;
    active.pilot?.cancel();
    return true;
  }

  #shapesOf(cells: readonly PlannedCell[]): Shape[] {
    const { costs } = this.#dependencies.store;
    const groups = Map.groupBy(cells, ({ config, modelHash }) => costs.shapeOf(config, modelHash));
    const shapes = [...groups].flatMap(([shape, members]) => {
      const sorted = members.toSorted((left, right) => right.parameterCount - left.parameterCount);
      const [dearest] = sorted;
      return dearest === undefined ? [] : [{ shape, cells: sorted, dearest }];
    });
    return shapes.sort((left, right) => stepWork(right.dearest.config) - stepWork(left.dearest.config));
  }

  async #measure(shapes: readonly Shape[], codeVersion: string, id: string): Promise<Measurement> {
    const { store, isTraining } = this.#dependencies;
    if (this.#active.has(id)) throw new AppError('CONFLICT', `A preflight ${id} runs already; choose another id.`);
    const problems = new Map<string, string>();
    const unknown = shapes.filter(({ shape }) => store.costs.pilot(shape, codeVersion) === null);
    const running = store.runs.withState('running')[0];
    if (unknown.length > 0 && (running !== undefined || isTraining())) {
      const name = running === undefined ? 'The queue' : `r${running.number}`;
      return { problems, notMeasured: `${name} holds the device, so nothing was measured.` };
    }
    const active: ActiveMeasurement = { cancelledBecause: null, pilot: null, settled: Promise.resolve() };
    this.#active.set(id, active);
    const work = this.#pilots(unknown.slice(0, MAXIMUM_PILOTS), codeVersion, id, active, problems);
    active.settled = work;
    try {
      await work;
    } finally {
      this.#active.delete(id);
    }
    return { problems, notMeasured: active.cancelledBecause };
  }

  async #pilots(
    shapes: readonly Shape[],
    codeVersion: string,
    id: string,
    active: ActiveMeasurement,
    problems: Map<string, string>,
  ): Promise<void> {
    const { launcher, options, store, emit } = this.#dependencies;
    for (const [done, { shape, dearest }] of shapes.entries()) {
      if (active.cancelledBecause !== null) return;
      const progress = { type: 'preflightProgress', id, done, total: shapes.length, label: dearest.label } as const;
      const onPhase = (phase: string): void => emit({ ...progress, phase });
      onPhase('starting');
      active.pilot = startPilot(`preflight-${dearest.runId}`, dearest.config, launcher, options, onPhase);
      try {
        const pilot = await active.pilot.result;
        store.transaction(() => store.costs.savePilot(shape, codeVersion, pilot));
      } catch (error) {
        // A shape that cannot run is what the preflight is there to find.
        if (active.cancelledBecause === null) problems.set(shape, errorMessage(error));
      } finally {
        active.pilot = null;
      }
    }
  }

  async #summary(
    cells: readonly PlannedCell[],
    shapes: readonly Shape[],
    codeVersion: string,
    { problems, notMeasured }: Measurement,
  ): Promise<Preflight> {
    const priced = await Promise.all(shapes.map((shape) => this.#price(shape, shapes, codeVersion, problems)));
    const rows = priced.map(({ row }) => row);
    const pilots = priced.flatMap(({ pilot }) => pilot ?? []);
    const durationMs = sumOrNull(priced.map(({ totalMs }) => totalMs));
    const diskBytes = sumOrNull(priced.map(({ totalBytes }) => totalBytes));
    const queuedBeforeMs = this.#dependencies.queue.remainingMs();
    const peakMemoryBytes = largest(rows.map((row) => row.peakMemoryBytes));
    const deviceMemoryBytes = largest(pilots.map((pilot) => pilot.deviceMemoryBytes));
    const freeDiskBytes = await freeBytes(this.#dependencies.home);
    const worst = shapes.find((_, index) => rows[index]?.peakMemoryBytes === peakMemoryBytes) ?? shapes[0];
    const isFinishKnown = durationMs !== null && queuedBeforeMs !== null;
    return {
      cells: cells.length,
      basis: worstBasis(rows),
      measuredAtMs: pilots.length === 0 ? null : Math.min(...pilots.map((pilot) => pilot.measuredAtMs)),
      durationMs,
      queuedBeforeMs,
      finishAtMs: isFinishKnown ? Date.now() + queuedBeforeMs + durationMs : null,
      peakMemoryBytes,
      deviceMemoryBytes,
      device: cells.some(({ config }) => config.engine.device === 'gpu') ? 'gpu' : 'cpu',
      diskBytes,
      freeDiskBytes,
      shapes: rows,
      warnings: [
        ...(worst === undefined ? [] : [memoryWarning(peakMemoryBytes, deviceMemoryBytes, worst.dearest.config)]),
        diskWarning(diskBytes, freeDiskBytes),
        ...directionWarnings(cells.map(({ config }) => config)),
        ...shapes.map(({ shape, dearest }) => pilotWarning(problems.get(shape), dearest)),
      ].filter((warning) => warning !== null),
      notMeasured,
    };
  }

  /** By a pilot of this very shape, else like runs, else a pilot of a like shape scaled by the work of a step. */
  async #price(
    { shape, cells, dearest }: Shape,
    shapes: readonly Shape[],
    codeVersion: string,
    problems: ReadonlyMap<string, string>,
  ): Promise<{ row: PreflightShape; pilot: Pilot | null; totalMs: number | null; totalBytes: number | null }> {
    const { costs } = this.#dependencies.store;
    const head = { label: dearest.label, cells: cells.length, problem: problems.get(shape) ?? null };
    const own = costs.pilot(shape, codeVersion);
    const like = own === null ? costs.ofShape(shape) : null;
    if (like !== null) {
      const runMs = like.stepMs * dearest.config.steps + like.overheadMs;
      const totalMs = cells.reduce((total, { config }) => total + like.stepMs * config.steps + like.overheadMs, 0);
      const memory = { peakMemoryBytes: null, diskBytes: null };
      const basis = { basis: 'like-runs' as const, measuredAtMs: null, likeRuns: like.runs };
      return {
        row: { ...head, ...basis, stepMs: like.stepMs, runMs, ...memory },
        pilot: null,
        totalMs,
        totalBytes: null,
      };
    }
    const similar = own === null ? this.#similarPilot(dearest, shapes, codeVersion) : { pilot: own, scale: 1 };
    if (similar === null) {
      const nothing = { stepMs: null, runMs: null, peakMemoryBytes: null, diskBytes: null, measuredAtMs: null };
      return {
        row: { ...head, basis: 'unknown', likeRuns: 0, ...nothing },
        pilot: null,
        totalMs: null,
        totalBytes: null,
      };
    }
    const { pilot, scale } = similar;
    const costsOfCells = await Promise.all(
      cells.map(async ({ config, parameterCount }) => {
        const problemCount = await heldOutProblems(config.data.heldOut, config.evaluation.problems);
        return runCost({ config, parameterCount, problems: problemCount }, pilot, scale);
      }),
    );
    const row: PreflightShape = {
      ...head,
      basis: own === null ? 'scaled' : 'measured',
      measuredAtMs: pilot.measuredAtMs,
      likeRuns: 0,
      stepMs: pilot.stepMs * scale,
      runMs: costsOfCells[0]?.runMs ?? null,
      peakMemoryBytes: own === null ? null : pilot.peakMemoryBytes,
      diskBytes: costsOfCells[0]?.diskBytes ?? null,
    };
    const totalMs = costsOfCells.reduce((total, { runMs }) => total + runMs, 0);
    const totalBytes = costsOfCells.reduce((total, { diskBytes }) => total + diskBytes, 0);
    return { row, pilot, totalMs, totalBytes };
  }

  /** The pilot of another shape with the same model, method and kind of adapter. */
  #similarPilot(
    { config, modelHash }: PlannedCell,
    shapes: readonly Shape[],
    codeVersion: string,
  ): { pilot: Pilot; scale: number } | null {
    for (const { shape, dearest } of shapes) {
      const isSimilar =
        dearest.modelHash === modelHash &&
        dearest.config.method === config.method &&
        dearest.config.adapter.kind === config.adapter.kind &&
        dearest.config.engine.device === config.engine.device;
      const pilot = isSimilar ? this.#dependencies.store.costs.pilot(shape, codeVersion) : null;
      if (pilot !== null) return { pilot, scale: stepWork(config) / stepWork(dearest.config) };
    }
    return null;
  }
}

function pilotWarning(problem: string | undefined, { label, config }: PlannedCell): PreflightWarning | null {
  if (problem === undefined) return null;
  const isMemory = /memory|alloc/i.test(problem);
  const remedy = isMemory ? memoryRemedy(config) : { remedy: 'Mend what it names, then measure again.', changes: null };
  return { kind: isMemory ? 'memory' : 'pilot', message: `${label}: two steps did not work: ${problem}`, ...remedy };
}

/** The weakest of the shapes' bases is the whole's. */
function worstBasis(rows: readonly PreflightShape[]): PreflightBasis {
  const order: PreflightBasis[] = ['unknown', 'like-runs', 'scaled', 'measured'];
  return order.find((basis) => rows.some((row) => row.basis === basis)) ?? 'measured';
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((total, value) => (total === null || value === null ? null : total + value), 0);
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

async function heldOutProblems(path: string, limit: number | null): Promise<number> {
  const rows = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '').length;
  return limit === null ? rows : Math.min(limit, rows);
}

/** Null where the file system does not say. */
async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
