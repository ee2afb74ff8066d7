// `inspect`: what a model is, and what an adapter of a configuration would train in it. Tool process.
import type { InspectResult, ToolArgs } from '../../../contracts/tool-protocol.ts';
import type { AdapterConfig } from '../../../contracts/run-config.ts';
import type { ModuleInfo } from '../../../native/binding/index.d.ts';
import { withModel, withNativeProgress } from './tool-context.ts';
import type { OpenedModel, ToolContext } from './tool-context.ts';

export async function inspect(args: ToolArgs<'inspect'>, context: ToolContext): Promise<InspectResult> {
  return withModel(args.session, async (model) => {
    const { info, path, hash } = model;
    const { modules, tensors, chatTemplate, beginOfSequenceId, endOfSequenceId, endOfGenerationIds, ...sizes } = info;
    return {
      ...sizes,
      path,
      hash,
      hasChatTemplate: chatTemplate !== null,
      modules: moduleTable(modules),
      adapter: await withNativeProgress(model.session, context, () => describeAdapter(args.adapter, args.map, model)),
    };
  });
}

/** One row a module type, in execution order. */
function moduleTable(modules: ModuleInfo[]): InspectResult['modules'] {
  return [...new Set(modules.map(({ type }) => type))].map((type) => {
    const same = modules.filter((module) => module.type === type);
    return {
      type,
      count: same.length,
      shapes: [...new Set(same.map(({ outputSize, inputSize }) => `${outputSize}×${inputSize}`))],
      weightTypes: [...new Set(same.map(({ weightType }) => weightType))],
    };
  });
}

async function describeAdapter(
  config: AdapterConfig,
  map: boolean,
  model: OpenedModel,
): Promise<InspectResult['adapter']> {
  if (config.kind === 'none') return null;
  // Counting needs no copy of every weight.
  if (config.kind === 'full') {
    const { parameterCount: trainableNumbers } = model.info;
    return {
      config,
      trainableNumbers,
      groupCount: 0,
      basesFingerprint: '',
      groups: null,
      nearlyEqualSingularValues: [],
    };
  }
  const adapter = await model.session.setAdapter(config);
  return {
    config,
    trainableNumbers: adapter.parameterCount,
    groupCount: new Set(adapter.groups.map(({ group }) => group)).size,
    basesFingerprint: adapter.basesFingerprint,
    groups: map ? adapter.groups : null,
    nearlyEqualSingularValues: adapter.nearlyEqualSingularValues,
  };
}
