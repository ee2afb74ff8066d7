// An adapter with all its factors in memory: what files hold, importers make, and exporters take. Engine and tool processes.
import { AdapterFileMetadata, ADAPTER_METADATA_KEY } from '../../../contracts/adapter-file.ts';
import type { AdapterModel } from '../../../contracts/adapter-file.ts';
import type { ModelInfo, NativeAdapterSpec } from '../../../native/binding/index.d.ts';
import { BadInputError } from '../bad-input.ts';
import { encodeSafetensors, readSafetensors, writeWhole } from './safetensors.ts';
import type { SafetensorsFile, Tensor } from './safetensors.ts';

export interface StoredModule {
  /** GGUF name, e.g. `blk.0.attn_q`. */
  name: string;
  group: number;
  /** [rank, in] */
  a: Tensor;
  /** [out, rank], rows in GGUF order. */
  b: Tensor;
  /** [u, rank, rank]; null for LoRA-XS and LoRA. */
  p: Tensor | null;
}
export interface StoredAdapter {
  metadata: AdapterFileMetadata;
  /** Flat trained numbers: v; for LoRA each module's A then B. */
  params: Float32Array;
  modules: StoredModule[];
}

export function adapterModel(info: ModelInfo, hash: string): AdapterModel {
  const { name, family, headSize, permutedQueryKey } = info;
  return { name, hash, family, headSize, permutedQueryKey };
}

/** A then B of each module in execution order: the order of LoRA's trained numbers. */
export function concatenateLora(modules: StoredModule[]): Float32Array {
  const params = new Float32Array(modules.reduce((sum, { a, b }) => sum + a.data.length + b.data.length, 0));
  let offset = 0;
  for (const { data } of modules.flatMap(({ a, b }) => [a, b])) {
    params.set(data, offset);
    offset += data.length;
  }
  return params;
}

/** The spec that the addon builds the adapter from. `frozen`: from the stored factors instead of the model's own bases. */
export function nativeSpec(adapter: StoredAdapter, frozen = false): NativeAdapterSpec {
  const { spec } = adapter.metadata;
  if (spec.kind === 'factored' || (frozen && spec.kind !== 'lora')) return factoredSpec(adapter);
  return spec;
}

function factoredSpec({ metadata, modules }: StoredAdapter): NativeAdapterSpec {
  const { spec } = metadata;
  const u = spec.kind === 'lora-xs' ? spec.rank ** 2 : (spec as { u: number }).u;
  return {
    kind: 'factored',
    rank: spec.rank,
    u,
    groupCount: Math.max(...modules.map(({ group }) => group)) + 1,
    modules: modules.map(({ name, group, a, b, p }) => ({
      name,
      group,
      a_R_I: a.data,
      b_O_R: b.data,
      p_U_R_R: p?.data ?? unitProjections(spec.rank),
    })),
  };
}

/** P_{jr+k} = E_jk: what makes LoRA-XS a TinyLoRA with u = r². Shape [rank², rank, rank]. */
export function unitProjections(rank: number): Float32Array {
  const size = rank * rank;
  const projections = new Float32Array(size * size);
  for (let i = 0; i < size; ++i) projections[i * size + i] = 1;
  return projections;
}

/** ΔW = b · core · a of a module; row-major [rank, rank]. */
export function moduleCore({ metadata, params }: StoredAdapter, module: StoredModule): Float64Array {
  const { spec } = metadata;
  const core = new Float64Array(spec.rank ** 2);
  if (spec.kind === 'lora') {
    for (let i = 0; i < spec.rank; ++i) core[i * spec.rank + i] = spec.alpha / spec.rank;
    return core;
  }
  const projections = module.p?.data ?? unitProjections(spec.rank);
  const u = projections.length / core.length;
  // Paper eq. 3: R = Σ_i v_i P_i
  for (let i = 0; i < u; ++i) {
    const value = params[module.group * u + i] as number;
    for (let k = 0; k < core.length; ++k)
      core[k] = (core[k] as number) + value * (projections[i * core.length + k] as number);
  }
  return core;
}

/** b · core, [out, rank]: the second factor of the same update as a plain LoRA with alpha = rank. */
export function updateFactor(adapter: StoredAdapter, module: StoredModule): Float32Array {
  const core = moduleCore(adapter, module);
  const { rank } = adapter.metadata.spec;
  const out = new Float32Array(module.b.data.length);
  for (let row = 0; row < out.length; row += rank) {
    for (let column = 0; column < rank; ++column) {
      let sum = 0;
      for (let k = 0; k < rank; ++k) sum += (module.b.data[row + k] as number) * (core[k * rank + column] as number);
      out[row + column] = sum;
    }
  }
  return out;
}

export async function writeAdapterFile(path: string, adapter: StoredAdapter): Promise<void> {
  const tensors = new Map<string, Tensor>();
  if (adapter.metadata.spec.kind !== 'lora') tensors.set('v', { shape: [adapter.params.length], data: adapter.params });
  for (const { name, a, b, p } of adapter.modules) {
    tensors.set(`${name}.a`, a);
    tensors.set(`${name}.b`, b);
    if (p) tensors.set(`${name}.p`, p);
  }
  const metadata = { format: 'tinylora-studio', [ADAPTER_METADATA_KEY]: JSON.stringify(adapter.metadata) };
  await writeWhole(path, encodeSafetensors({ metadata, tensors }));
}

export async function readAdapterFile(path: string): Promise<StoredAdapter> {
  const file = await readSafetensors(path);
  const metadata = parseMetadata(file, path);
  const { spec } = metadata;
  const tensor = (name: string): Tensor => {
    const found = file.tensors.get(name);
    if (!found) throw new BadInputError(`${path}: tensor '${name}' is missing; export the adapter again.`);
    return found;
  };
  const hasProjections = spec.kind === 'tinylora' || spec.kind === 'factored';
  const modules = metadata.modules.map(({ name, group }) => ({
    name,
    group,
    a: tensor(`${name}.a`),
    b: tensor(`${name}.b`),
    p: hasProjections ? tensor(`${name}.p`) : null,
  }));
  const adapter = { metadata, modules, params: spec.kind === 'lora' ? concatenateLora(modules) : tensor('v').data };
  checkShapes(adapter, path);
  return adapter;
}

function parseMetadata(file: SafetensorsFile, path: string): AdapterFileMetadata {
  const json = file.metadata[ADAPTER_METADATA_KEY];
  if (json === undefined) {
    throw new BadInputError(
      `${path} is a safetensors file but not an adapter of this program; give a PEFT checkpoint by its folder, which holds adapter_config.json.`,
    );
  }
  try {
    return AdapterFileMetadata.parse(JSON.parse(json));
  } catch {
    throw new BadInputError(`${path}: the adapter's description is damaged or of a newer version; export it again.`);
  }
}

function checkShapes({ metadata, params, modules }: StoredAdapter, path: string): void {
  const { spec } = metadata;
  const u = spec.kind === 'lora-xs' ? spec.rank ** 2 : spec.kind === 'lora' ? 0 : spec.u;
  const expected = (Math.max(...modules.map(({ group }) => group)) + 1) * u;
  if (spec.kind !== 'lora' && params.length !== expected) {
    throw new BadInputError(
      `${path}: 'v' holds ${params.length} numbers where ${expected} belong; export the adapter again.`,
    );
  }
  for (const { name, a, b, p } of modules) {
    const fits = a.shape[0] === spec.rank && b.shape[1] === spec.rank && (!p || p.data.length === u * spec.rank ** 2);
    if (!fits) {
      throw new BadInputError(
        `${path}: the factors of ${name} do not have rank ${spec.rank}; export the adapter again.`,
      );
    }
  }
}
