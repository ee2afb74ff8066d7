// Accuracy on held-out problems, sampled and greedy, with fixed slots so that two evaluations agree.
// Runs in the engine process, for runs and for the `eval` command.
import type { CompletionRow, EvaluationResult } from '../../contracts/engine-protocol.ts';
import type { GraderConfig } from '../../contracts/run-config.ts';
import type { Session } from '../../native/binding/index.d.ts';
import type { GradedCompletion, Task } from './rollouts.ts';
import { completionRows, sampleAndGrade } from './rollouts.ts';
import type { EngineSettings } from './settings.ts';
import { evaluationRolloutOptions } from './settings.ts';

export interface EvaluationSettings {
  mode: 'sampled' | 'greedy';
  /** Completions a problem and their temperature; greedy takes one. */
  samples: number;
  temperature: number;
  topP: number;
  topK: number;
  seed: number;
  maxTokens: number;
  stop: string[];
  grader: GraderConfig;
  engine: EngineSettings;
}

// Training counts its streams up from 1 by step; evaluations share one far away, so that step 0 and the end see the
// same random numbers and their paired difference is sharper.
const EVALUATION_STREAM = 0xe0000000;

/** @param step only written into the result */
export async function evaluateProblems(
  session: Session,
  settings: EvaluationSettings,
  tasks: readonly Task[],
  step: number,
): Promise<{ result: EvaluationResult; rows: CompletionRow[] }> {
  const startMs = performance.now();
  const greedy = settings.mode === 'greedy';
  const samples = greedy ? 1 : settings.samples;
  const temperature = greedy ? 0 : settings.temperature;
  const longestPromptTokens = Math.max(...tasks.map((task) => task.prompt.tokens.length));
  const shape = { longestPromptTokens, promptCount: tasks.length, samples, maxTokens: settings.maxTokens };
  await session.configureRollouts(evaluationRolloutOptions(settings.engine, shape, session.info()));
  const { topP, topK, seed, maxTokens, stop } = settings;
  const sampling = {
    samples,
    seed,
    stream: EVALUATION_STREAM,
    temperature,
    topP: greedy ? 1 : topP,
    topK: greedy ? 0 : topK,
    maxTokens,
    stop,
  };
  const { graded } = await sampleAndGrade(session, tasks, sampling, settings.grader);
  const phase = greedy ? 'evaluation-greedy' : 'evaluation-sampled';
  return {
    result: {
      step,
      mode: settings.mode,
      temperature,
      problems: tasks.length,
      samples,
      ...rates(graded.flat()),
      perProblem: graded.map((completions) => mean(scores(completions))),
      clusters: clustersOf(tasks),
      durationMs: performance.now() - startMs,
    },
    rows: completionRows(step, phase, tasks, graded, null, null),
  };
}

/** Each problem's cluster, numbered in order of appearance; null where no problem shares one. */
function clustersOf(tasks: readonly Task[]): number[] | null {
  const numbers = new Map<string | Task, number>();
  const clusters = tasks.map((task) => {
    const cluster = task.problem.cluster ?? task;
    const number = numbers.get(cluster) ?? numbers.size;
    numbers.set(cluster, number);
    return number;
  });
  return numbers.size === tasks.length ? null : clusters;
}

/** Means over all completions. A completion whose grader failed is left out of the accuracy, not called wrong. */
function rates(completions: readonly GradedCompletion[]) {
  const share = (isTrue: (completion: GradedCompletion) => boolean) =>
    mean(completions.map((c) => (isTrue(c) ? 1 : 0)));
  return {
    accuracy: mean(scores(completions)),
    strict: share(({ grade }) => grade.strict),
    lenient: share(({ grade }) => grade.lenient),
    format: share(({ grade }) => grade.format),
    meanTokens: mean(completions.map(({ completion }) => completion.tokens.length)),
  };
}

function scores(completions: readonly GradedCompletion[]): number[] {
  return completions.flatMap(({ grade }) => (grade.reward === null ? [] : [grade.reward]));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
