// `eval`: accuracy of a model with an adapter on a data file. Tool process.
import type { EvaluationResult } from '../../../contracts/engine-protocol.ts';
import type { ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
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
    const limits = {
      maxPromptTokens: info.trainedContextTokens - args.maxCompletionTokens,
      maxCompletionTokens: args.maxCompletionTokens,
    };
    const prompts = await new PromptBuilder(session, args.prompt).buildAll(chosen, limits);
    const tasks = prompts.flatMap((prompt, index) => {
      const problem = chosen.problems[index];
      return problem ? [{ index, problem, prompt }] : [];
    });
    const modes = args.evaluation.greedy ? (['sampled', 'greedy'] as const) : (['sampled'] as const);
    const evaluations: EvaluationResult[] = [];
    for (const mode of modes) {
      const settings = {
        mode,
        samples: args.evaluation.samples,
        temperature: args.evaluation.temperature,
        topP: args.topP,
        topK: args.topK,
        seed: args.evaluation.seed,
        maxTokens: args.maxCompletionTokens,
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
