// Our adapters as PEFT checkpoints: TinyLoRA where PEFT's grouping can express ours, else LoRA. Tool process.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { peftName, peftTarget, rowsToTransformers, splitModuleName, weightTyingFor } from './peft-names.ts';
import { encodeSafetensors, writeWhole } from './safetensors.ts';
import type { Tensor } from './safetensors.ts';
import { unitProjections, updateFactor } from './stored-adapter.ts';
import type { StoredAdapter, StoredModule } from './stored-adapter.ts';
import { BadInputError } from '../bad-input.ts';

const MODEL_CLASSES = { llama: 'LlamaForCausalLM', qwen2: 'Qwen2ForCausalLM', qwen3: 'Qwen3ForCausalLM' };

/** Writes the folder; returns one sentence that says which kind of checkpoint it became. */
export async function writePeftCheckpoint(folder: string, adapter: StoredAdapter): Promise<string> {
  const weightTying = weightTyingFor(adapter.modules.map(({ group }) => group));
  const asTinyLora = adapter.metadata.spec.kind !== 'lora' && weightTying !== null;
  const checkpoint = asTinyLora ? tinyLoraCheckpoint(adapter, weightTying) : loraCheckpoint(adapter);
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new BadInputError(
      `${folder} cannot be made (${error.code ?? error.message}); choose a folder you may write to.`,
    );
  });
  const bytes = encodeSafetensors({ metadata: { format: 'pt' }, tensors: checkpoint.tensors });
  await writeWhole(join(folder, 'adapter_model.safetensors'), bytes);
  await writeWhole(join(folder, 'adapter_config.json'), `${JSON.stringify(checkpoint.config, null, 2)}\n`);
  if (asTinyLora) return `Written as a PEFT TinyLoRA checkpoint (weight_tying ${weightTying}).`;
  return adapter.metadata.spec.kind === 'lora'
    ? 'Written as a PEFT LoRA checkpoint.'
    : "Written as a PEFT LoRA checkpoint with alpha = r: PEFT's TinyLoRA cannot express this grouping.";
}

interface PeftFiles {
  config: Record<string, unknown>;
  tensors: Map<string, Tensor>;
}

function commonConfig({ metadata, modules }: StoredAdapter): Record<string, unknown> {
  const { family } = metadata.model;
  return {
    auto_mapping: {
      base_model_class: MODEL_CLASSES[family],
      parent_library: `transformers.models.${family}.modeling_${family}`,
    },
    base_model_name_or_path: '',
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    layers_pattern: null,
    layers_to_transform: null,
    modules_to_save: null,
    r: metadata.spec.rank,
    revision: null,
    target_modules: [...new Set(modules.map(({ name }) => peftTarget(splitModuleName(name).type)))].sort(),
    task_type: null,
  };
}

function rows(adapter: StoredAdapter, module: StoredModule, data: Float32Array): Tensor {
  const rowCount = module.b.shape[0] as number;
  return { shape: module.b.shape, data: rowsToTransformers(data, module.name, rowCount, adapter.metadata.model) };
}

function loraCheckpoint(adapter: StoredAdapter): PeftFiles {
  const { spec } = adapter.metadata;
  const tensors = new Map<string, Tensor>();
  for (const module of adapter.modules) {
    const b = spec.kind === 'lora' ? module.b.data : updateFactor(adapter, module);
    tensors.set(`${peftName(module.name)}.lora_A.weight`, module.a);
    tensors.set(`${peftName(module.name)}.lora_B.weight`, rows(adapter, module, b));
  }
  const alpha = spec.kind === 'lora' ? spec.alpha : spec.rank;
  const config = { ...commonConfig(adapter), peft_type: 'LORA', lora_alpha: alpha, lora_dropout: 0, use_rslora: false };
  return { config, tensors };
}

function tinyLoraCheckpoint(adapter: StoredAdapter, weightTying: number): PeftFiles {
  const { spec } = adapter.metadata;
  const u = adapter.modules[0]?.p?.shape[0] ?? spec.rank ** 2;
  const tensors = new Map<string, Tensor>();
  const v = adapter.params.slice();
  for (const module of adapter.modules) {
    const split = spec.kind === 'factored' ? (module as StoredModule & { p: Tensor }) : splitSingularValues(module);
    tensors.set(`${peftName(module.name)}.tinylora_A`, split.a);
    tensors.set(`${peftName(module.name)}.tinylora_B`, rows(adapter, module, split.b.data));
    // LoRA-XS keeps P_{jr+k} = E_jk, so the factors' change of convention goes into its v instead.
    if (spec.kind === 'lora-xs') scaleCore(v.subarray(module.group * u, (module.group + 1) * u), split.p, spec.rank);
    const projections = spec.kind === 'lora-xs' ? unitProjections(spec.rank) : split.p.data;
    tensors.set(`${peftName(module.name)}.tinylora_P`, { shape: [u, spec.rank, spec.rank], data: projections });
  }
  for (let group = 0; group * u < v.length; ++group) {
    tensors.set(`base_model.tinylora_v.${group}`, { shape: [u], data: v.slice(group * u, (group + 1) * u) });
  }
  const config = {
    ...commonConfig(adapter),
    peft_type: 'TINYLORA',
    u,
    weight_tying: weightTying,
    projection_seed: spec.kind === 'tinylora' ? spec.projectionSeed : 42,
    save_projection: true,
    init_weights: true,
    init_v_bound: 0.02,
    tinylora_dropout: 0,
  };
  return { config, tensors };
}

/**
 * From the paper's factors (A = Vᵀ, B = UΣ) to PEFT's split ones (√Σ Vᵀ, U √Σ) for the same ΔW:
 * P_split[jk] = P[jk] · √(σ_j / σ_k) (Paper §1, decision 1). σ_j is the norm of B's column j.
 */
function splitSingularValues(module: StoredModule): { a: Tensor; b: Tensor; p: Tensor } {
  const rank = module.a.shape[0] as number;
  const inputSize = module.a.shape[1] as number;
  const squares = new Float64Array(rank);
  module.b.data.forEach((value, i) => (squares[i % rank] = (squares[i % rank] as number) + value * value));
  // A direction of strength zero changes nothing: leave it as it is.
  const roots = Array.from(squares, (square) => (square > 0 ? Math.sqrt(Math.sqrt(square)) : 1));
  const root = (j: number): number => roots[j] as number;
  const p = module.p ?? { shape: [rank ** 2, rank, rank], data: unitProjections(rank) };
  return {
    a: { shape: module.a.shape, data: module.a.data.map((value, i) => value * root(Math.floor(i / inputSize))) },
    b: { shape: module.b.shape, data: module.b.data.map((value, i) => value / root(i % rank)) },
    p: { shape: p.shape, data: p.data.map((value, i) => (value * root(Math.floor(i / rank) % rank)) / root(i % rank)) },
  };
}

/** R's entries by the factors that stand on the diagonal of LoRA-XS' converted projections. */
function scaleCore(core: Float32Array, projections: Tensor, rank: number): void {
  const size = rank * rank;
  core.forEach((value, i) => (core[i] = value * (projections.data[i * size + i] as number)));
}
