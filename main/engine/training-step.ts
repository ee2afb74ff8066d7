// One step of a run: GRPO or supervised, from the step's problems to its metrics. Runs in the engine process.
import type { CompletionRow } from '../../contracts/engine-protocol.ts';
import type { RunConfig } from '../../contracts/run-config.ts';
import type { MergeReport, Session } from '../../native/binding/index.d.ts';
import { updateOnRollouts } from './grpo.ts';
import type { Metrics } from './metrics.ts';
import { completionMetrics, mergeMetrics, sftMetrics, timeMetrics, updateMetrics } from './metrics.ts';
import type { SamplingSettings, Task } from './rollouts.ts';
import { completionRows, sampleAndGrade } from './rollouts.ts';
import { adamWOptions, grpoSettings } from './settings.ts';
import { updateOnExamples } from './sft.ts';
import { tokenRecords } from './token-records.ts';

export interface StepOutcome {
  metrics: Metrics;
  rows: CompletionRow[];
}

/**
 * Samples, grades and trains on the step's problems. `step` is one-based and names the stream of random numbers;
 * `referenceParams` as GrpoSettings has it.
 */
export async function grpoStep(
  session: Session,
  config: RunConfig,
  step: number,
  tasks: readonly Task[],
  referenceParams: Float32Array | null,
): Promise<StepOutcome> {
  const startMs = performance.now();
  const { rollouts, mergeReport } = await sampleForTraining(session, config, step, tasks);
  const sampledMs = performance.now();
  const groups = tasks.map((task, index) => ({
    prompt: task.prompt.tokens,
    completions: (rollouts.graded[index] ?? []).map(({ completion, grade }) => ({
      tokens: completion.tokens,
      logprobs: completion.logprobs,
      reward: grade.reward,
    })),
  }));
  const update = await updateOnRollouts(session, grpoSettings(config, referenceParams), groups);
  const endMs = performance.now();
  const tokens = tokenRecords(session, rollouts.graded, update, config.record.tokensPerStep);
  const computedTokens = update.steps.reduce((total, { pass }) => total + pass.tokensComputed, 0);
  const times = {
    sampleMs: sampledMs - startMs - rollouts.gradeMs,
    gradeMs: rollouts.gradeMs,
    passMs: endMs - sampledMs,
    stepMs: endMs - startMs,
  };
  return {
    metrics: {
      ...completionMetrics(rollouts.graded),
      ...updateMetrics(update, groups, config.importanceCap),
      ...mergeMetrics(mergeReport),
      ...timeMetrics(times, rollouts.statistics.decodedTokens, computedTokens),
    },
    rows: completionRows(step, 'train', tasks, rollouts.graded, update.advantages, tokens),
  };
}

/** Paper §5.1: sampling may use merged, rounded weights; the pass always uses the true adapter. */
async function sampleForTraining(session: Session, config: RunConfig, step: number, tasks: readonly Task[]) {
  const sampling: SamplingSettings = {
    samples: config.samplesPerPrompt,
    seed: config.seed,
    stream: step,
    temperature: config.temperature,
    topP: 1,
    topK: 0,
    maxTokens: config.maxCompletionTokens,
    stop: config.stop,
  };
  let mergeReport: MergeReport | null = null;
  if (config.rolloutWeights === 'merged') mergeReport = await session.merge();
  const rollouts = await sampleAndGrade(session, tasks, sampling, config.grader);
  if (mergeReport !== null) await session.unmerge();
  return { rollouts, mergeReport };
}

/** Trains on the problems' reference solutions. `targets[i]` belongs to `tasks[i]`. */
export async function sftStep(
  session: Session,
  config: RunConfig,
  tasks: readonly Task[],
  targets: readonly Int32Array[],
): Promise<StepOutcome> {
  const startMs = performance.now();
  const settings = {
    optimiserSteps: config.optimiserSteps,
    optimiser: adamWOptions(config),
    microBatchTokens: config.engine.microBatchTokens,
    recordAll: false,
  };
  const examples = tasks.map((task, index) => ({
    prompt: task.prompt.tokens,
    completion: targets[index] ?? new Int32Array(),
  }));
  const steps = await updateOnExamples(session, settings, examples);
  const stepMs = performance.now() - startMs;
  const computedTokens = steps.reduce((total, { pass }) => total + pass.tokensComputed, 0);
  const times = { sampleMs: 0, gradeMs: 0, passMs: stepMs, stepMs };
  return { metrics: { ...sftMetrics(steps), ...timeMetrics(times, 0, computedTokens) }, rows: [] };
}
