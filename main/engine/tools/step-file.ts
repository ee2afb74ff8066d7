// `step`: one batch of given rollouts through the real training code. Tool process.
import { readFile } from 'node:fs/promises';
import type { ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
import { BadInputError } from '../bad-input.ts';
import { applyAdapter } from './adapter-argument.ts';
import { runStepFile } from './step.ts';
import { withModel, withNativeProgress } from './tool-context.ts';
import type { ToolContext } from './tool-context.ts';

export async function step(args: ToolArgs<'step'>, context: ToolContext): Promise<ToolResults['step']> {
  const { inputPath } = args;
  const text = await readFile(inputPath, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BadInputError(`${inputPath} cannot be read (${error.code ?? error.message}); check the path.`);
  });
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw new BadInputError(`${inputPath} is not JSON; give a step file.`);
  }
  return withModel(args.session, async (model) => {
    const { session } = model;
    const adapter = await withNativeProgress(session, context, () => applyAdapter(args.adapter, model, context));
    if (!adapter.info) throw new BadInputError("'step' needs an adapter: --adapter none trains no number; give one.");
    const { info } = adapter;
    return withNativeProgress(session, context, () => runStepFile(session, info, file, inputPath));
  });
}
