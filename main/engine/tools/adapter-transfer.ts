// `adapter import-peft` and `adapter export`: between our adapter file, text lines, PEFT and GGUF. Tool process.
import { AdapterFileSpec } from '../../../contracts/adapter-file.ts';
import type { ToolArgs, ToolResults, ToolSession } from '../../../contracts/tool-protocol.ts';
import type { AdapterInfo, NativeAdapterSpec } from '../../../native/binding/index.d.ts';
import { BadInputError } from '../bad-input.ts';
import { adapterSource, applyAdapter } from './adapter-argument.ts';
import { formatAdapterText, parseAdapterText } from './adapter-text.ts';
import { writeGgufAdapter } from './gguf-adapter.ts';
import { readPeftCheckpoint } from './peft.ts';
import { writePeftCheckpoint } from './peft-export.ts';
import { writeWhole } from './safetensors.ts';
import { adapterModel, concatenateLora, readAdapterFile, writeAdapterFile } from './stored-adapter.ts';
import type { StoredAdapter, StoredModule } from './stored-adapter.ts';
import { withModel, withNativeProgress } from './tool-context.ts';
import type { OpenedModel, ToolContext } from './tool-context.ts';

/** Throws BadInputError where the line is damaged. */
export function identifyAdapter({ text }: ToolArgs<'adapter-identify'>): ToolResults['adapter-identify'] {
  const { spec, params, modelHash } = parseAdapterText(text);
  return { config: spec, trainableNumbers: params.length, modelHash };
}

export async function importPeft(args: ToolArgs<'adapter-import'>): Promise<ToolResults['adapter-import']> {
  return withModel(args.session, async ({ info, hash }) => {
    const adapter = await readPeftCheckpoint(args.checkpointPath, info, hash);
    await writeAdapterFile(args.outPath, adapter);
    return { outPath: args.outPath, kind: adapter.metadata.spec.kind, trainableNumbers: adapter.params.length };
  });
}

export async function exportAdapter(
  args: ToolArgs<'adapter-export'>,
  context: ToolContext,
): Promise<ToolResults['adapter-export']> {
  const adapter = await loadStored(args, context);
  const { format, outPath } = args;
  if (format === 'text') {
    const text = asText(adapter);
    if (outPath !== null) await writeWhole(outPath, `${text}\n`);
    return { outPath, format, text, note: 'A line that --adapter takes as it is.' };
  }
  if (outPath === null) throw new BadInputError(`Format ${format} is written to a file; give --out.`);
  return { outPath, format, text: null, note: await writeFormat(format, outPath, adapter) };
}

async function writeFormat(
  format: 'tinylora' | 'peft' | 'gguf',
  outPath: string,
  adapter: StoredAdapter,
): Promise<string> {
  switch (format) {
    case 'tinylora':
      await writeAdapterFile(outPath, adapter);
      return 'Written as an adapter file with its own factors.';
    case 'peft':
      return writePeftCheckpoint(outPath, adapter);
    case 'gguf':
      await writeGgufAdapter(outPath, adapter);
      return `Written as a LoRA of rank ${adapter.metadata.spec.rank} for llama.cpp.`;
  }
}

function asText({ metadata, params }: StoredAdapter): string {
  const { spec, model, basesFingerprint } = metadata;
  if (spec.kind !== 'tinylora' && spec.kind !== 'lora-xs') {
    throw new BadInputError(
      `An adapter of kind ${spec.kind} has factors of its own, which do not fit in a text line; export it as tinylora, peft or gguf.`,
    );
  }
  return formatAdapterText({ spec, modelHash: model.hash, basesFingerprint, params });
}

/** An adapter file needs no model; everything else gets its factors from one. */
async function loadStored(args: ToolArgs<'adapter-export'>, context: ToolContext): Promise<StoredAdapter> {
  const { adapter, cacheFolder } = args;
  const source = await adapterSource(adapter);
  if (source === 'file' && args.modelPath === null) return readAdapterFile(adapter as string);
  const modelPath = args.modelPath ?? (typeof adapter === 'string' ? null : adapter.config.model);
  if (modelPath === null) {
    throw new BadInputError('A text line or a PEFT folder is exported through its model; give --model MODEL.gguf.');
  }
  const session: ToolSession = { modelPath, cacheFolder, device: 'cpu', threads: 0, numerics: 'native' };
  return withModel(session, async (model) => {
    const applied = await withNativeProgress(model.session, context, () => applyAdapter(adapter, model, context));
    if (!applied.spec || !applied.info || applied.spec.kind === 'full') {
      throw new BadInputError(
        'Full fine-tuning and none are no adapters, so there is nothing to export; give an adapter or a run of one.',
      );
    }
    return storedAdapter(model, applied.spec, applied.info);
  });
}

/** The adapter that is on, with all its factors. */
export function storedAdapter(
  { session, info, hash }: OpenedModel,
  spec: NativeAdapterSpec,
  applied: AdapterInfo,
): StoredAdapter {
  const layout = spec.kind === 'factored' ? { kind: spec.kind, rank: spec.rank, u: spec.u } : spec;
  const fileSpec = AdapterFileSpec.parse(layout);
  const sizes = new Map(info.modules.map((module) => [module.name, module]));
  const modules = applied.groups.map(({ module: name, group }): StoredModule => {
    const { a_R_I, b_O_R } = session.factors(name);
    const { inputSize = 0, outputSize = 0 } = sizes.get(name) ?? {};
    const { rank } = fileSpec;
    const hasProjections = fileSpec.kind === 'tinylora' || fileSpec.kind === 'factored';
    return {
      name,
      group,
      a: { shape: [rank, inputSize], data: a_R_I },
      b: { shape: [outputSize, rank], data: b_O_R },
      p: hasProjections ? { shape: [fileSpec.u, rank, rank], data: session.projection(name) } : null,
    };
  });
  return {
    metadata: {
      version: 1,
      spec: fileSpec,
      model: adapterModel(info, hash),
      basesFingerprint: spec.kind === 'factored' ? '' : applied.basesFingerprint,
      modules: modules.map(({ name, group }) => ({ name, group })),
    },
    params: fileSpec.kind === 'lora' ? concatenateLora(modules) : session.params(),
    modules,
  };
}
