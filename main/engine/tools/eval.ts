// `eval`: accuracy of a model with an adapter on a data file. Tool process.
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import type { PromptConfig } from '../../../contracts/run-config.ts';
import type { ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
import type { ModelInfo } from '../../../native/binding/index.d.ts';
import { BadInputError } from '../bad-input.ts';
import { loadDataSet } from '../data.ts';
import { evaluateProblems } from '../evaluation.ts';
import { checkGrader } from '../graders/rules.ts';
import { PromptBuilder } from '../prompts.ts';
import { applyAdapter } from './adapter-argument.ts';
import { withModel, withNativeProgress } from './tool-context.ts';
import type { ToolContext } from './tool-context.ts';

export async function evaluate(args: ToolArgs<'eval'>, context: ToolContext): Promise<ToolResults['eval']> {
  checkGrader(args.grader);
  const data = await loadDataSet(args.dataPath);
  return withModel(args.session, async (model) => {
    const { session, info } = model;
    await withNativeProgress(session, context, () => applyAdapter(args.adapter, model, context));
    const count = args.evaluation.problems ?? data.problems.length;
    const chosen = { ...data, problems: data.problems.slice(0, count) };
    const maxCompletionTokens = completionLimit(args.maxCompletionTokens, info);
    const limits = { maxPromptTokens: info.trainedContextTokens - maxCompletionTokens, maxCompletionTokens };
    const prompts = await new PromptBuilder(session, promptFor(args.prompt, info.chatTemplate)).buildAll(
      chosen,
      limits,
    );
    const tasks = prompts.flatMap((prompt, index) => {
      const problem = chosen.problems[index];
      return problem ? [{ index, problem, prompt }] : [];
    });
    const modes = (['sampled', 'greedy'] as const).filter((mode) =>
      mode === 'sampled' ? args.sampled : args.evaluation.greedy || !args.sampled,
    );
    const evaluations: EvaluationResult[] = [];
    for (const mode of modes) {
      const settings = {
        mode,
        samples: args.evaluation.samples,
        temperature: args.evaluation.temperature,
        topP: args.topP,
        topK: args.topK,
        seed: args.evaluation.seed,
        maxTokens: maxCompletionTokens,
        stop: args.stop,
        grader: args.grader,
        engine: { ...args.engine, device: args.session.device, threads: args.session.threads },
      };
      const { result } = await withNativeProgress(session, context, () =>
        evaluateProblems(session, settings, tasks, 0),
      );
      evaluations.push(result);
    }
    return { evaluations };
  });
}

/** A model without a chat template, such as the built-in one, takes the user's text as it is. */
export function promptFor(prompt: PromptConfig, chatTemplate: string | null): PromptConfig {
  const fallsBack = prompt.kind === 'chat' && prompt.system === null && chatTemplate === null;
  return fallsBack ? { kind: 'plain', text: prompt.user } : prompt;
}

const DEFAULT_COMPLETION_TOKENS = 1024;

/** @throws BadInputError where the limit leaves no room for a prompt in the model's context */
function completionLimit(asked: number | null, { name, trainedContextTokens }: ModelInfo): number {
  const limit = asked ?? Math.min(DEFAULT_COMPLETION_TOKENS, Math.floor(trainedContextTokens / 2));
  if (limit >= trainedContextTokens) {
    throw new BadInputError(
      `--max-tokens ${limit} leaves no room for a prompt: the context of ${name} is ${trainedContextTokens} tokens. Give less.`,
    );
  }
  return limit;
}
