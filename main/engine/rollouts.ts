// Samples completions for problems and grades them: shared by training and evaluation. Runs in the engine process.
import type { GraderConfig } from '../../contracts/run-config.ts';
import type { CompletionRow } from '../../contracts/engine-protocol.ts';
import type { Completion, SampleResult, Session } from '../../native/binding/index.d.ts';
import type { Problem } from './data.ts';
import type { Grade } from './graders/grade.ts';
import { gradeCompletion, textBeforeStop } from './graders/grade.ts';
import type { Prompt } from './prompts.ts';

/** A problem with its prompt; `index` is its row in the file and its id for the random numbers. */
export interface Task {
  index: number;
  problem: Problem;
  prompt: Prompt;
}
export interface SamplingSettings {
  samples: number;
  seed: number;
  /** Distinguishes calls under one seed. */
  stream: number;
  /** 0 = greedy. */
  temperature: number;
  topP: number;
  topK: number;
  maxTokens: number;
  stop: string[];
}
export interface GradedCompletion {
  completion: Completion;
  text: string;
  grade: Grade;
}
export interface GradedRollouts {
  /** graded_P_G, in the order of the tasks. */
  graded: GradedCompletion[][];
  statistics: SampleResult['statistics'];
  gradeMs: number;
}

export async function sampleAndGrade(
  session: Pick<Session, 'sample' | 'detokenize'>,
  tasks: readonly Task[],
  sampling: SamplingSettings,
  grader: GraderConfig,
): Promise<GradedRollouts> {
  const { samples, ...request } = sampling;
  const prompts = tasks.map((task) => ({ tokens: task.prompt.tokens, promptId: task.index, lane: 0 }));
  const { completions, statistics } = await session.sample({ ...request, prompts, sampleCount: samples });
  const startMs = performance.now();
  const graded = tasks.map((task, index) =>
    (completions[index] ?? []).map((completion): GradedCompletion => {
      const text = new TextDecoder().decode(session.detokenize(completion.tokens, { special: false }));
      const answer = textBeforeStop(text, sampling.stop);
      return { completion, text, grade: gradeCompletion(grader, answer, task.problem.answer, completion.finishReason) };
    }),
  );
  return { graded, statistics, gradeMs: performance.now() - startMs };
}

/** Rows for the record; `advantages` and `tokens` (see token-records.ts) in training. */
export function completionRows(
  step: number,
  phase: CompletionRow['phase'],
  tasks: readonly Task[],
  graded: readonly GradedCompletion[][],
  advantages: readonly (number | null)[][] | null,
  tokens: readonly (string | null)[][] | null,
): CompletionRow[] {
  return tasks.flatMap((task, position) =>
    (graded[position] ?? []).map(({ completion, text, grade }, sampleIndex) => ({
      step,
      phase,
      promptIndex: task.index,
      sampleIndex,
      prompt: task.prompt.text,
      text,
      gold: task.problem.answer,
      extracted: grade.extracted,
      reward: grade.reward,
      advantage: advantages?.[position]?.[sampleIndex] ?? null,
      tokenCount: completion.tokens.length,
      finishReason: completion.finishReason,
      tokens: tokens?.[position]?.[sampleIndex] ?? null,
    })),
  );
}
