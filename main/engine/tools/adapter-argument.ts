// From what `--adapter` says to an adapter that is on: files, PEFT folders, text lines, runs. Tool process.
import { readFile, stat } from 'node:fs/promises';
import type { AdapterArgument } from '../../../contracts/tool-protocol.ts';
import type { AdapterInfo, NativeAdapterSpec } from '../../../native/binding/index.d.ts';
import { BadInputError } from '../bad-input.ts';
import { parseAdapterText, TEXT_PREFIX } from './adapter-text.ts';
import { readPeftCheckpoint } from './peft.ts';
import { readRunAdapter } from './run-adapter.ts';
import { nativeSpec, readAdapterFile } from './stored-adapter.ts';
import type { StoredAdapter } from './stored-adapter.ts';
import type { OpenedModel, ToolContext } from './tool-context.ts';

export type AdapterSource = 'none' | 'full' | 'file' | 'peft' | 'text' | 'run';
export interface AppliedAdapter {
  source: AdapterSource;
  /** Null: the base model alone. */
  spec: NativeAdapterSpec | null;
  info: AdapterInfo | null;
}

/** What an adapter says of the model and bases that its numbers belong to. */
interface Numbers {
  source: AdapterSource;
  spec: NativeAdapterSpec;
  /** Null: the adapter's initial numbers. */
  params: Float32Array | null;
  modelHash: string | null;
  modelName: string | null;
  basesFingerprint: string;
  /** Its own factors, where it has them. */
  stored: StoredAdapter | null;
}

/** Which kind of thing the argument names. Throws BadInputError where it names nothing. */
export async function adapterSource(argument: AdapterArgument): Promise<AdapterSource> {
  if (typeof argument !== 'string') return 'run';
  if (argument === 'none' || argument === 'full') return argument;
  if (argument.startsWith(TEXT_PREFIX)) return 'text';
  const found = await stat(argument).catch(() => null);
  if (!found) throw new BadInputError(`Adapter ${argument} does not exist; check the path.`);
  return found.isDirectory() ? 'peft' : 'file';
}

/** Switches the adapter on. Throws BadInputError for an adapter of another model, naming both. */
export async function applyAdapter(
  argument: AdapterArgument,
  model: OpenedModel,
  context: ToolContext,
): Promise<AppliedAdapter> {
  const source = await adapterSource(argument);
  if (source === 'none') return { source, spec: null, info: null };
  const numbers = typeof argument === 'string' ? await readNumbers(source, argument, model) : await fromRun(argument);
  const name = adapterName(argument);
  if (numbers.modelHash !== null && numbers.modelHash !== model.hash) {
    throw new BadInputError(
      `Adapter ${name} belongs to model ${numbers.modelName ?? 'of another file'} (${numbers.modelHash.slice(0, 12)}), not to ${model.info.name} (${model.hash.slice(0, 12)}) in ${model.path}; give the model that it was trained on.`,
    );
  }
  const { session } = model;
  let info = await session.setAdapter(numbers.spec);
  let { spec } = numbers;
  if (numbers.basesFingerprint !== '' && info.basesFingerprint !== numbers.basesFingerprint) {
    if (numbers.stored) {
      // Its numbers belong to the bases that it was trained with, and it carries them.
      spec = nativeSpec(numbers.stored, true);
      info = await session.setAdapter(spec);
    } else {
      context.warn(basesWarning(info));
    }
  }
  if (numbers.params) {
    if (numbers.params.length !== info.parameterCount) {
      throw new BadInputError(
        `Adapter ${name} holds ${numbers.params.length} numbers where its configuration makes ${info.parameterCount} on ${model.info.name}; export it again.`,
      );
    }
    await session.setParams(numbers.params);
  }
  return { source, spec, info };
}

function adapterName(argument: AdapterArgument): string {
  if (typeof argument !== 'string') return `of run ${argument.runId}`;
  return argument.startsWith(TEXT_PREFIX) ? `${argument.slice(0, 40)}…` : argument;
}

function basesWarning(info: AdapterInfo): string {
  const near = info.nearlyEqualSingularValues.map(({ module }) => module);
  const where =
    near.length > 0
      ? ` Singular values are nearly equal in ${near.slice(0, 5).join(', ')}, where directions may differ.`
      : '';
  return `The bases computed here differ in some bits from those the numbers were trained with, so log-probs may differ slightly.${where} An adapter file carries its own bases.`;
}

async function readNumbers(source: AdapterSource, argument: string, model: OpenedModel): Promise<Numbers> {
  switch (source) {
    case 'text':
      return fromText(source, argument);
    case 'peft': {
      // A checkpoint does not say which file it was made for; its shapes are checked against this model.
      const stored = await readPeftCheckpoint(argument, model.info, model.hash);
      return { ...unbound(source), spec: nativeSpec(stored), params: stored.params };
    }
    case 'file': {
      if (await startsLikeText(argument)) return fromText(source, await readFile(argument, 'utf8'));
      const stored = await readAdapterFile(argument);
      const { hash, name } = stored.metadata.model;
      const { basesFingerprint } = stored.metadata;
      return {
        source,
        spec: nativeSpec(stored),
        params: stored.params,
        modelHash: hash,
        modelName: name,
        basesFingerprint,
        stored,
      };
    }
    default:
      return { ...unbound(source), spec: { kind: 'full' }, params: null };
  }
}

async function fromRun(argument: Exclude<AdapterArgument, string>): Promise<Numbers> {
  const { spec, params } = await readRunAdapter(argument);
  const { modelHash, config } = argument;
  return { ...unbound('run'), spec, params, modelHash, modelName: config.model };
}

function unbound(source: AdapterSource): Omit<Numbers, 'spec' | 'params'> {
  return { source, modelHash: null, modelName: null, basesFingerprint: '', stored: null };
}

function fromText(source: AdapterSource, text: string): Numbers {
  const { spec, params, modelHash, basesFingerprint } = parseAdapterText(text);
  return { source, spec, params, modelHash, modelName: null, basesFingerprint, stored: null };
}

/** A file may also hold a pasted line. */
async function startsLikeText(path: string): Promise<boolean> {
  const { size } = await stat(path);
  return size < 1 << 20 && (await readFile(path)).subarray(0, TEXT_PREFIX.length).toString('latin1') === TEXT_PREFIX;
}
