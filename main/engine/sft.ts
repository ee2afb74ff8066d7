// Supervised fine-tuning (paper §3): next-token cross-entropy on reference solutions. Runs in the engine process.
import type { AdamWOptions, OptimStepResult, PassResult, Session } from '../../native/binding/index.d.ts';
import { BadInputError } from './bad-input.ts';
import type { Problem } from './data.ts';
import type { PromptBuilder } from './prompts.ts';
import type { Task } from './rollouts.ts';

export interface SftExample {
  prompt: Int32Array;
  /** The target's ids, the end-of-turn id included; the prompt is masked. */
  completion: Int32Array;
}
export interface SftSettings {
  optimiserSteps: number;
  optimiser: AdamWOptions;
  microBatchTokens: number;
  /** Keep gradient and parameters for the record. */
  recordAll: boolean;
}
export interface SftStep {
  pass: PassResult;
  optimiser: OptimStepResult;
  gradient: Float64Array | null;
  paramsAfter: Float32Array | null;
}

/** loss = mean over all completion tokens of the batch of −log p, at temperature 1. */
export async function updateOnExamples(
  session: Session,
  settings: SftSettings,
  examples: readonly SftExample[],
): Promise<SftStep[]> {
  const tokenCount = examples.reduce((sum, example) => sum + example.completion.length, 0);
  const groups = examples.map((example) => ({
    prefix: example.prompt,
    prefixWeights: null,
    suffixes: [example.completion],
    suffixWeights: [new Float32Array(example.completion.length).fill(1 / tokenCount)],
  }));
  const steps: SftStep[] = [];
  for (let index = 0; index < settings.optimiserSteps; index++) {
    session.zeroGrad();
    const pass = await session.pass(groups, {
      temperature: 1,
      backward: true,
      microBatchTokens: settings.microBatchTokens,
    });
    const gradient = settings.recordAll ? session.gradient() : null;
    const optimiser = await session.optimStep(settings.optimiser);
    steps.push({ pass, optimiser, gradient, paramsAfter: settings.recordAll ? session.params() : null });
  }
  return steps;
}

/** The text to learn: the solution without GSM8K's calculator marks `<<48/2=24>>`, else the answer. */
export function targetText(problem: Problem): string {
  return (problem.solution ?? problem.answer).replace(/<<[^<>]*>>/g, '').trim();
}

/** Targets of all tasks as ids; one that is too long is refused with its line, never cut. */
export function buildTargets(
  builder: PromptBuilder,
  path: string,
  tasks: readonly Task[],
  maxCompletionTokens: number,
): Int32Array[] {
  return tasks.map(({ problem }) => {
    const target = builder.target(problem, targetText(problem));
    if (target.length > maxCompletionTokens) {
      throw new BadInputError(
        `${path}:${problem.line}: the target has ${target.length} tokens, more than maxCompletionTokens (${maxCompletionTokens}); ` +
          'raise maxCompletionTokens or remove the row',
      );
    }
    return target;
  });
}
