// `grad`: loss, log-probs and gradient of weighted token ids, and its check by finite differences. Tool process.
import type { GradLine, ToolArgs, ToolResults } from '../../../contracts/tool-protocol.ts';
import type { ModelInfo } from '../../../native/binding/index.d.ts';
import { BadInputError } from '../bad-input.ts';
import { applyAdapter } from './adapter-argument.ts';
import type { AppliedAdapter } from './adapter-argument.ts';
import { checkGradient } from './grad-check.ts';
import { peftName, rowsToTransformers } from './peft-names.ts';
import { encodeSafetensors, writeWhole } from './safetensors.ts';
import type { Tensor } from './safetensors.ts';
import { readTokenLines, sequenceGroup, weightedLoss, withoutFirst } from './token-lines.ts';
import { withModel, withNativeProgress } from './tool-context.ts';
import type { OpenedModel, ToolContext } from './tool-context.ts';

/** One tensor of the trained numbers: its place, and how its gradient is given out. */
interface ParameterTensor {
  name: string;
  offset: number;
  shape: number[];
  /** Module whose output rows go into transformers' order (LoRA's B); null: as it is. */
  rowsOf: string | null;
}

export async function grad(args: ToolArgs<'grad'>, context: ToolContext): Promise<ToolResults['grad']> {
  return withModel(args.session, async (model) => {
    const { session, info } = model;
    const input = await readTokenLines(args.inputPath, info, true);
    const adapter = await withNativeProgress(session, context, () => applyAdapter(args.adapter, model, context));
    if (!adapter.info)
      throw new BadInputError("'grad' needs an adapter: --adapter none trains no number; give one, or full.");
    if (adapter.source === 'full' && args.outPath === undefined && !args.check) {
      throw new BadInputError("'grad --adapter full' writes its tensors to a file; give --out F.safetensors.");
    }
    const tensors = parameterTensors(adapter, info);
    const lines: GradLine[] = [];
    const files = new Map<string, Tensor>();
    const gradAll = async (): Promise<void> => {
      for (const [index, line] of input.entries()) {
        session.zeroGrad();
        const result = await session.pass([sequenceGroup(line)], { temperature: args.temperature, backward: true });
        const [group] = result.groups;
        if (!group) throw new Error('The pass returned no result for its sequence.');
        const gradients = tensorGradients(session.gradient(), tensors, info);
        lines.push({
          loss: weightedLoss(line, group),
          logprobs: withoutFirst(group.prefixLogprobs),
          ...(args.outPath === undefined && adapter.source !== 'full'
            ? { grad: gradients.flatMap((data) => [...data]) }
            : {}),
          params: tensors.map(({ name }) => name),
          shapes: tensors.map(({ shape }) => shape),
        });
        const prefix = input.length === 1 ? '' : `${index}/`;
        if (args.outPath !== undefined) {
          tensors.forEach(({ name, shape }, i) =>
            files.set(prefix + name, { shape, data: Float32Array.from(gradients[i] ?? []) }),
          );
        }
      }
    };
    const progress = () => ({ phase: 'gradient', done: lines.length, total: input.length });
    await withNativeProgress(session, context, gradAll, progress);
    if (args.outPath !== undefined) await writeWhole(args.outPath, encodeSafetensors({ metadata: {}, tensors: files }));
    return {
      lines,
      check: args.check ? await check(args, model, input.map(sequenceGroup), adapter, tensors, context) : null,
    };
  });
}

async function check(
  args: ToolArgs<'grad'>,
  { session }: OpenedModel,
  groups: Parameters<OpenedModel['session']['pass']>[0],
  adapter: AppliedAdapter,
  tensors: ParameterTensor[],
  context: ToolContext,
): Promise<ToolResults['grad']['check']> {
  if (args.session.numerics === 'native') {
    context.warn('Finite differences need smooth arithmetic: use --exact on weights that are not F32.');
  }
  const nameOf = (index: number): string => {
    const tensor = tensors.findLast(({ offset }) => offset <= index);
    return tensor ? `${tensor.name}[${index - tensor.offset}]` : String(index);
  };
  const dense = adapter.spec?.kind === 'lora' || adapter.spec?.kind === 'full';
  return checkGradient(session, groups, { temperature: args.temperature, everyCoordinate: !dense, nameOf }, context);
}

/** Names and order of the golden conventions: PEFT's for what PEFT has, the addon's else. */
function parameterTensors({ spec, info }: AppliedAdapter, model: ModelInfo): ParameterTensor[] {
  const runs = info?.parameters ?? [];
  if (spec?.kind === 'factored') {
    return runs.map(({ offset, shape }, group) => ({
      name: `base_model.tinylora_v.${group}`,
      offset,
      shape,
      rowsOf: null,
    }));
  }
  if (spec?.kind !== 'lora') return runs.map((run) => ({ ...run, rowsOf: null }));
  const { targets } = spec;
  const adapted = model.modules.filter(({ type }) => targets.length === 0 || targets.includes(type));
  return runs.map(({ offset, shape }, index) => {
    const module = adapted[Math.floor(index / 2)]?.name ?? '';
    const isB = index % 2 === 1;
    return { name: `${peftName(module)}.lora_${isB ? 'B' : 'A'}.weight`, offset, shape, rowsOf: isB ? module : null };
  });
}

function tensorGradients(gradient: Float64Array, tensors: ParameterTensor[], info: ModelInfo): Float64Array[] {
  return tensors.map(({ offset, shape, rowsOf }) => {
    const data = gradient.subarray(offset, offset + shape.reduce((product, size) => product * size, 1));
    return rowsOf === null ? data : rowsToTransformers(data, rowsOf, shape[0] as number, info);
  });
}
