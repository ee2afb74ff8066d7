// A whole run: load, resume, evaluate, train step by step, checkpoint, report. Runs in the engine process.
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { EngineEvent, EvaluationResult } from '../../contracts/engine-protocol.ts';
import { NonFinite } from '../../contracts/metric-window.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import type { AdapterInfo, Session, SessionOptions } from '../../native/binding/index.d.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readCheckpoint, runKey, writeCheckpoint } from './checkpoint.ts';
import type { DataSet } from './data.ts';
import { batchIndices, checkBatchSize, loadDataSet } from './data.ts';
import { evaluateProblems } from './evaluation.ts';
import type { Metrics } from './metrics.ts';
import { modelHash } from './model-hash.ts';
import { parameterSnapshot } from './parameter-snapshot.ts';
import { PromptBuilder } from './prompts.ts';
import type { Task } from './rollouts.ts';
import { RunFiles } from './run-files.ts';
import { adamWOptions, adapterSpec, checkConfig, needsReferenceParams, trainingRolloutOptions } from './settings.ts';
import { buildTargets } from './sft.ts';
import { grpoStep, sftStep } from './training-step.ts';

export interface RunStart {
  config: RunConfig;
  runFolder: string;
  cacheFolder: string;
}

/** What the run asks of its surroundings; the engine process answers with messages to and from the host. */
export interface RunHost {
  openSession: (options: Omit<SessionOptions, 'backendDir' | 'kernelLibrary'>) => Promise<Session>;
  send: (event: EngineEvent) => void;
  /** The session while it may be polled and cancelled; null before it is disposed of. */
  onSession: (session: Session | null) => void;
  /** Throws where the run was cancelled. */
  onPhase: (phase: 'loading' | 'training' | 'evaluating', step: number) => void;
  /** Asked between steps and evaluations. */
  pauseRequested: () => boolean;
  /** Memory of a device by its backend's name; null where that is not known. */
  deviceMemory?: (backend: string) => { usedBytes: number; totalBytes: number } | null;
}

export type RunOutcome = { outcome: 'done' | 'paused'; step: number };

interface LoadedRun {
  start: RunStart;
  host: RunHost;
  session: Session;
  adapter: AdapterInfo | null;
  files: RunFiles;
  key: string;
  train: Task[];
  /** Supervised targets of `train`. */
  targets: Int32Array[];
  heldOut: Task[];
  /** The base model's weights, where full fine-tuning overwrites them and the KL term needs them. */
  referenceParams: Float32Array | null;
  /** The newest on the disk, and what writing it took. */
  lastCheckpoint: { step: number; endMs: number; durationMs: number };
}

/** Runs to the end or to a pause. Rejects with an error whose `code` says whose fault it is. */
export async function runTraining(start: RunStart, host: RunHost): Promise<RunOutcome> {
  host.onPhase('loading', 0);
  checkConfig(start.config);
  const { train, heldOut } = await loadData(start.config);
  await mkdir(start.runFolder, { recursive: true });
  const hash = await modelHash(start.config.model, start.cacheFolder);
  const session = await host.openSession(sessionOptions(start, hash));
  try {
    host.onSession(session);
    const run = await loadRun(start, host, session, hash, train, heldOut);
    return await trainSteps(run, await resume(run, hash));
  } finally {
    host.onSession(null);
    await session.dispose();
  }
}

async function loadData(config: RunConfig): Promise<{ train: DataSet; heldOut: DataSet }> {
  const train = await loadDataSet(config.data.train);
  const heldOut = await loadDataSet(config.data.heldOut);
  if (config.steps > 0) checkBatchSize(train, config.promptsPerStep);
  return {
    train,
    heldOut: { ...heldOut, problems: heldOut.problems.slice(0, config.evaluation.problems ?? undefined) },
  };
}

function sessionOptions(
  { config, cacheFolder }: RunStart,
  hash: string,
): Omit<SessionOptions, 'backendDir' | 'kernelLibrary'> {
  return {
    modelPath: config.model,
    modelHash: hash,
    device: config.engine.device,
    numerics: config.numerics,
    threads: config.engine.threads || availableParallelism(),
    workers: config.engine.workers,
    basesDir: join(cacheFolder, 'bases'),
  };
}

async function loadRun(
  start: RunStart,
  host: RunHost,
  session: Session,
  hash: string,
  train: DataSet,
  heldOut: DataSet,
): Promise<LoadedRun> {
  const { config } = start;
  const builder = new PromptBuilder(session, config.prompt);
  const tasks = async (data: DataSet): Promise<Task[]> => {
    const prompts = await builder.buildAll(data, config);
    return data.problems.flatMap((problem, index) => {
      const prompt = prompts[index];
      return prompt ? [{ index, problem, prompt }] : [];
    });
  };
  const trainTasks = config.steps > 0 ? await tasks(train) : [];
  const targets =
    config.method === 'sft' ? buildTargets(builder, train.path, trainTasks, config.maxCompletionTokens) : [];
  const heldOutTasks = await tasks(heldOut);
  const spec = adapterSpec(config.adapter);
  const adapter = spec ? await session.setAdapter(spec) : null;
  const bases = adapter?.basesFingerprint ?? '';
  // How many steps there will be decides nothing about those that are done: a longer run may go on from a shorter one's.
  // Neither does where files lie: what they hold counts. Nor the device: a run whose GPU is gone may go on on the CPU.
  const { model, data, engine, ...settings } = config;
  const identity = {
    config: { ...settings, steps: 0, engine: { ...engine, device: 'cpu' } },
    modelHash: hash,
    bases,
    train: train.sha256,
    heldOut: heldOut.sha256,
  };
  return {
    start,
    host,
    session,
    adapter,
    files: new RunFiles(start.runFolder),
    key: runKey(identity),
    train: trainTasks,
    targets,
    heldOut: heldOutTasks,
    referenceParams: needsReferenceParams(config) ? session.params() : null,
    lastCheckpoint: { step: 0, endMs: 0, durationMs: 0 },
  };
}

/** Takes up the newest checkpoint and says so. @returns its step and the evaluations that need no repeating */
async function resume(run: LoadedRun, hash: string): Promise<{ step: number; evaluations: EvaluationResult[] }> {
  const { session, adapter, host, start } = run;
  const parameterCount = adapter?.parameterCount ?? 0;
  const newest = await readCheckpoint(start.runFolder, { runKey: run.key, parameterCount });
  if (adapter) await adoptState(session, start.config, newest);
  const step = newest?.step ?? 0;
  run.lastCheckpoint.step = step;
  const standing = await run.files.truncateAfter(step);
  host.send({
    type: 'started',
    resumedFromStep: step,
    parameterCount,
    modelHash: hash,
    basesFingerprint: adapter?.basesFingerprint ?? '',
    warnings: adapter ? singularValueWarnings(adapter) : [],
  });
  // The host may have died between our writing and its storing; what it has already, it stores again.
  for (const metrics of standing.metrics) host.send({ type: 'metrics', ...metrics });
  for (const result of standing.evaluations) host.send({ type: 'evaluation', result });
  if (standing.completions.length > 0) host.send({ type: 'completions', rows: standing.completions });
  return { step, evaluations: standing.evaluations };
}

/** Puts the checkpoint's numbers into the session; without one, the adapter's initial numbers stay. */
async function adoptState(session: Session, config: RunConfig, checkpoint: Checkpoint | null): Promise<void> {
  const { firstMoment, secondMoment, step } = session.optimiserState();
  const state = checkpoint
    ? { ...checkpoint, step: checkpoint.optimiserStep }
    : { params: session.params(), firstMoment, secondMoment, step };
  await session.setParams(state.params);
  if (config.storage.mode === 'rounded-on-use') {
    // The session learns from an optimiser step how to round on use; one that moves nothing tells it now.
    session.zeroGrad();
    await session.optimStep({ ...adamWOptions(config), learningRate: 0, weightDecay: 0 });
  }
  session.setOptimiserState({ firstMoment: state.firstMoment, secondMoment: state.secondMoment, step: state.step });
}

/** Paper §1, decision 5: where σ_r ≈ σ_{r+1} the bases, and so v, do not carry over to another machine. */
function singularValueWarnings(adapter: AdapterInfo): string[] {
  return adapter.nearlyEqualSingularValues.map(
    ({ module, index, ratio }) =>
      `${module}: singular values ${index} and ${index + 1} are nearly equal (ratio ${ratio.toFixed(4)}), ` +
      'so these numbers may not carry over to bases computed elsewhere',
  );
}

async function trainSteps(
  run: LoadedRun,
  from: { step: number; evaluations: EvaluationResult[] },
): Promise<RunOutcome> {
  const { config } = run.start;
  let step = from.step;
  let standing = from.evaluations.filter((result) => result.step === step);
  for (;;) {
    const evaluated = !isEvaluationDue(config, step) || (await evaluateHeldOut(run, step, standing));
    standing = [];
    if (evaluated && step >= config.steps) return { outcome: 'done', step };
    if (run.host.pauseRequested()) {
      if (run.adapter && step > run.lastCheckpoint.step) await checkpoint(run, step);
      return { outcome: 'paused', step };
    }
    step += 1;
    await trainStep(run, step);
  }
}

function isEvaluationDue({ evaluation, steps }: RunConfig, step: number): boolean {
  return step === 0 || step === steps || (evaluation.everySteps > 0 && step % evaluation.everySteps === 0);
}

/** Sampled and, where wanted, greedy; those in `standing` are done already. @returns false where a pause left one out */
async function evaluateHeldOut(run: LoadedRun, step: number, standing: readonly EvaluationResult[]): Promise<boolean> {
  const { config } = run.start;
  const { samples, temperature, seed, greedy } = config.evaluation;
  for (const mode of greedy ? (['sampled', 'greedy'] as const) : (['sampled'] as const)) {
    if (standing.some((result) => result.mode === mode)) continue;
    if (run.host.pauseRequested()) return false;
    run.host.onPhase('evaluating', step);
    const settings = {
      ...{ mode, samples, temperature, seed, topP: 1, topK: 0 },
      ...{ maxTokens: config.maxCompletionTokens, stop: config.stop, grader: config.grader, engine: config.engine },
    };
    const { result, rows } = await evaluateProblems(run.session, settings, run.heldOut, step);
    await run.files.appendEvaluation(result, rows);
    run.host.send({ type: 'evaluation', result });
    run.host.send({ type: 'completions', rows });
  }
  return true;
}

async function trainStep(run: LoadedRun, step: number): Promise<void> {
  const { start, session, host, train, adapter } = run;
  const { config } = start;
  host.onPhase('training', step);
  const indices = batchIndices(train.length, config.promptsPerStep, config.seed, step);
  const tasks = indices.flatMap((index) => train[index] ?? []);
  if (config.method === 'grpo')
    await session.configureRollouts(trainingRolloutOptions(config.engine, rolloutShape(run), session.info()));
  const { metrics, rows } =
    config.method === 'grpo'
      ? await grpoStep(session, config, step, tasks, run.referenceParams)
      : await sftStep(
          session,
          config,
          tasks,
          indices.flatMap((index) => run.targets[index] ?? []),
        );
  Object.assign(metrics, deviceMemoryMetrics(run));
  refuseDivergence(host, step, metrics);
  const row = { step, values: metrics, parameters: adapter ? parameterSnapshot(session, adapter) : null };
  await run.files.appendStep(row, rows);
  if (isCheckpointDue(run, step)) await checkpoint(run, step);
  host.send({ type: 'metrics', ...row });
  if (rows.length > 0) host.send({ type: 'completions', rows });
}

// A full fine-tuning writes twelve bytes a weight. Below this size every step is kept; above, writing takes a tenth of the time.
const ALWAYS_KEPT_BYTES = 64 * 2 ** 20;
const CHECKPOINT_TIME_SHARE = 0.1;

function isCheckpointDue({ start, adapter, lastCheckpoint }: LoadedRun, step: number): boolean {
  if (12 * (adapter?.parameterCount ?? 0) <= ALWAYS_KEPT_BYTES) return true;
  if (step >= start.config.steps) return true;
  return performance.now() - lastCheckpoint.endMs > lastCheckpoint.durationMs / CHECKPOINT_TIME_SHARE;
}

async function checkpoint(run: LoadedRun, step: number): Promise<void> {
  const { start, session } = run;
  const startMs = performance.now();
  const { firstMoment, secondMoment, step: optimiserStep } = session.optimiserState();
  const state = { params: session.params(), firstMoment, secondMoment, optimiserStep };
  const dataCursor = step * start.config.promptsPerStep;
  await writeCheckpoint(start.runFolder, { step, dataCursor, runKey: run.key, ...state });
  const endMs = performance.now();
  run.lastCheckpoint = { step, endMs, durationMs: endMs - startMs };
}

/** Of a GPU; a CPU's memory is the process' own, which the step reports. */
function deviceMemoryMetrics({ start, session, host }: LoadedRun): Metrics {
  if (start.config.engine.device !== 'gpu') return {};
  const memory = host.deviceMemory?.(session.info().backend) ?? null;
  if (memory === null) return {};
  return { 'memory/deviceUsedBytes': memory.usedBytes, 'memory/deviceTotalBytes': memory.totalBytes };
}

/** Before the step is recorded, so that its broken numbers reach no checkpoint. */
function refuseDivergence(host: RunHost, step: number, metrics: Metrics): void {
  const broken = Object.entries(metrics).filter(([, value]) => !Number.isFinite(value));
  const [first] = broken;
  if (!first) return;
  const values = broken.map(([name, value]): [string, NonFinite] => [name, NonFinite.parse(String(value))]);
  host.send({ type: 'diverged', step, values: Object.fromEntries(values) });
  const [name, value] = first;
  throw new Error(
    `Step ${step}: ${name} is ${value}, training has diverged; lower learningRate. Earlier steps are kept.`,
  );
}

/** The same for every step, so that a resumed run decodes in the same batches. */
function rolloutShape({ train, start: { config } }: LoadedRun) {
  return {
    longestPromptTokens: train.reduce((longest, task) => Math.max(longest, task.prompt.tokens.length), 0),
    promptCount: config.promptsPerStep,
    samples: config.samplesPerPrompt,
    maxTokens: config.maxCompletionTokens,
  };
}
