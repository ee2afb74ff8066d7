// `probe`: a little of what a run does – an adapter, samples, a gradient – to see that a device can. Tool process.
import { AdapterConfig, RunConfig } from '../../../contracts/run-config.ts';
import type { ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
import type { Session } from '../../../native/binding/index.d.ts';
import { adapterSpec, trainingRolloutOptions } from '../settings.ts';
import { withModel, withNativeProgress } from './tool-context.ts';
import type { ToolContext } from './tool-context.ts';

const QUESTION = '12+34=';
const SHAPE = { promptCount: 1, samples: 4, maxTokens: 8 };
const SAMPLING = { seed: 1, stream: 0, temperature: 1, topP: 1, topK: 0, stop: [] };

/** Rejects where the device's numbers are none; a device without code for it ends the process instead. */
export async function probe(args: ToolArgs<'probe'>, context: ToolContext): Promise<ToolResults['probe']> {
  const startMs = performance.now();
  const backend = await withModel(args.session, async ({ session, info }) => {
    const tokens = session.tokenize(QUESTION, { special: false, addBos: info.addsBeginOfSequence });
    const engine = RunConfig.shape.engine.parse({ device: args.session.device });
    const rollouts = trainingRolloutOptions(engine, { ...SHAPE, longestPromptTokens: tokens.length }, info);
    await withNativeProgress(session, context, async () => {
      const spec = adapterSpec(AdapterConfig.parse({ kind: 'tinylora' }));
      if (spec) await session.setAdapter(spec);
      await session.configureRollouts(rollouts);
      await differentiate(session, tokens, await sample(session, tokens));
    });
    return info.backend;
  });
  return { backend, durationMs: performance.now() - startMs };
}

async function sample(session: Session, tokens: Int32Array): Promise<Int32Array[]> {
  const { samples: sampleCount, maxTokens } = SHAPE;
  const prompts = [{ tokens, promptId: 0, lane: 0 }];
  const { completions } = await session.sample({ ...SAMPLING, prompts, sampleCount, maxTokens });
  return completions.flat().map((completion) => completion.tokens);
}

async function differentiate(session: Session, prefix: Int32Array, suffixes: Int32Array[]): Promise<void> {
  const suffixWeights = suffixes.map(({ length }) => new Float32Array(length).fill(1));
  session.zeroGrad();
  const { loss } = await session.pass([{ prefix, prefixWeights: null, suffixes, suffixWeights }], {
    temperature: 1,
    backward: true,
  });
  const gradient = session.gradient();
  if (!Number.isFinite(loss) || !gradient.every(Number.isFinite) || gradient.every((number) => number === 0)) {
    throw new Error(`The device computes, but wrongly: the loss is ${loss}, the gradient ${gradient.join(', ')}.`);
  }
}
