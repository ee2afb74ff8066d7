// `score`: log-probs and entropies of given token ids. Tool process.
import type { ScoreLine, ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
import { applyAdapter } from './adapter-argument.ts';
import { readTokenLines, sequenceGroup, withoutFirst } from './token-lines.ts';
import { withModel, withNativeProgress } from './tool-context.ts';
import type { ToolContext } from './tool-context.ts';

// Enough to fill micro-batches, few enough that progress moves.
const LINES_PER_PASS = 32;

export async function score(args: ToolArgs<'score'>, context: ToolContext): Promise<ToolResults['score']> {
  return withModel(args.session, async (model) => {
    const { session, info } = model;
    const input = await readTokenLines(args.inputPath, info, false);
    await withNativeProgress(session, context, () => applyAdapter(args.adapter, model, context));
    const lines: ScoreLine[] = [];
    const progress = () => ({ phase: 'scoring', done: lines.length, total: input.length });
    const scoreAll = async (): Promise<void> => {
      for (let start = 0; start < input.length; start += LINES_PER_PASS) {
        const groups = input.slice(start, start + LINES_PER_PASS).map(sequenceGroup);
        const result = await session.pass(groups, { temperature: args.temperature, backward: false });
        lines.push(
          ...result.groups.map(({ prefixLogprobs, prefixEntropy }) => ({
            logprobs: withoutFirst(prefixLogprobs),
            entropy: withoutFirst(prefixEntropy),
          })),
        );
      }
    };
    await withNativeProgress(session, context, scoreAll, progress);
    return { lines };
  });
}
