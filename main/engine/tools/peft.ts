// PEFT checkpoints (TinyLoRA and LoRA, PEFT 0.20 and later) as our adapters. Engine and tool processes.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelInfo, ModuleInfo, ModuleType } from '../../../native/binding/index.d.ts';
import { BadInputError } from '../bad-input.ts';
import { peftGroups, peftName, rowsToGguf } from './peft-names.ts';
import { readSafetensors } from './safetensors.ts';
import type { Tensor } from './safetensors.ts';
import { adapterModel, concatenateLora } from './stored-adapter.ts';
import type { StoredAdapter, StoredModule } from './stored-adapter.ts';

const V_PREFIX = 'base_model.tinylora_v.';

const off = z.union([z.literal(false), z.null()]).default(false);
const empty = z.union([z.null(), z.array(z.unknown()).length(0), z.strictObject({})]).default(null);
const shared = {
  r: z.int().min(1),
  fan_in_fan_out: off,
  bias: z.literal('none').default('none'),
  modules_to_save: empty,
};
const TinyLoraConfig = z.object({
  peft_type: z.literal('TINYLORA'),
  ...shared,
  u: z.int().min(1),
  weight_tying: z.number().min(0).max(1),
});
const LoraConfig = z.object({
  peft_type: z.literal('LORA'),
  ...shared,
  lora_alpha: z.number().positive(),
  use_rslora: off,
  use_dora: off,
  use_qalora: off,
  lora_bias: off,
  rank_pattern: empty,
  alpha_pattern: empty,
  layer_replication: empty,
});
const PeftConfig = z.discriminatedUnion('peft_type', [
  TinyLoraConfig,
  LoraConfig.extend({ use_rslora: z.boolean().nullable().default(false) }),
]);
type PeftConfig = z.infer<typeof PeftConfig>;

interface Checkpoint {
  folder: string;
  tensorPath: string;
  config: PeftConfig;
  tensors: Map<string, Tensor>;
}

/**
 * Reads a folder written by PEFT's `save_pretrained` as an adapter of the given model.
 * TinyLoRA keeps PEFT's own A, B and P (kind `factored`), LoRA-XS written as TinyLoRA too; LoRA becomes `lora`.
 * Throws BadInputError where file and model do not fit, or an option changes what the adapter computes.
 */
export async function readPeftCheckpoint(folder: string, info: ModelInfo, modelHash: string): Promise<StoredAdapter> {
  const config = await readConfig(folder);
  const tensorPath = join(folder, 'adapter_model.safetensors');
  const { tensors } = await readSafetensors(tensorPath);
  const checkpoint = { folder, tensorPath, config, tensors };
  return config.peft_type === 'LORA'
    ? loraAdapter(checkpoint, config, info, modelHash)
    : tinyLoraAdapter(checkpoint, config, info, modelHash);
}

async function readConfig(folder: string): Promise<PeftConfig> {
  const path = join(folder, 'adapter_config.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BadInputError(
      `${path} cannot be read (${error.code ?? error.message}); give the folder that PEFT saved.`,
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new BadInputError(`${path} is not JSON; save the checkpoint again.`);
  }
  const type = z.object({ peft_type: z.string() }).safeParse(json);
  if (type.success && type.data.peft_type !== 'TINYLORA' && type.data.peft_type !== 'LORA') {
    throw new BadInputError(
      `${path}: peft_type ${type.data.peft_type} is not supported; give a checkpoint of type TINYLORA or LORA.`,
    );
  }
  const config = PeftConfig.safeParse(json);
  if (config.success) return config.data;
  const key = config.error.issues[0]?.path.join('.') ?? '';
  throw new BadInputError(
    `${path}: key '${key}' is missing or has a value that is not supported; save the checkpoint as a plain TinyLoRA or LoRA.`,
  );
}

function tinyLoraAdapter(
  checkpoint: Checkpoint,
  config: z.infer<typeof TinyLoraConfig>,
  info: ModelInfo,
  modelHash: string,
): StoredAdapter {
  const { tensors, tensorPath } = checkpoint;
  const adapted = adaptedModules(checkpoint, info, 'tinylora_A');
  const groups = peftGroups(adapted.length, config.weight_tying);
  const groupCount = Math.max(...groups) + 1;
  const stored = [...tensors.keys()].filter((name) => name.startsWith(V_PREFIX)).length;
  if (stored !== groupCount) {
    throw new BadInputError(
      `${tensorPath} holds ${stored} groups of v, but weight_tying ${config.weight_tying} makes ${groupCount} of ${adapted.length} modules; save it with its own adapter_config.json.`,
    );
  }
  if (!tensors.has(`${peftName((adapted[0] as ModuleInfo).name)}.tinylora_P`)) {
    throw new BadInputError(`${tensorPath} holds no projections P; save the checkpoint with save_projection = true.`);
  }
  const { r, u } = config;
  const modules = adapted.map((module, index) => ({
    ...moduleFactors(checkpoint, module, r, info, ['tinylora_A', 'tinylora_B']),
    group: groups[index] as number,
    p: expectTensor(checkpoint, `${peftName(module.name)}.tinylora_P`, [u, r, r]),
  }));
  const params = new Float32Array(groupCount * u);
  for (let group = 0; group < groupCount; ++group) {
    params.set(expectTensor(checkpoint, `${V_PREFIX}${group}`, [u]).data, group * u);
  }
  return assemble({ kind: 'factored', rank: r, u }, modules, params, info, modelHash);
}

function loraAdapter(
  checkpoint: Checkpoint,
  config: z.infer<typeof LoraConfig> | Extract<PeftConfig, { peft_type: 'LORA' }>,
  info: ModelInfo,
  modelHash: string,
): StoredAdapter {
  const adapted = adaptedModules(checkpoint, info, 'lora_A.weight');
  const targets = [...new Set(adapted.map(({ type }) => type))];
  if (adapted.length !== info.modules.filter(({ type }) => targets.includes(type)).length) {
    throw new BadInputError(
      `${checkpoint.tensorPath} adapts ${targets.join(', ')} in some layers only; give a LoRA that adapts each of its module types in every layer.`,
    );
  }
  const modules = adapted.map((module, group) => ({
    ...moduleFactors(checkpoint, module, config.r, info, ['lora_A.weight', 'lora_B.weight']),
    group,
    p: null,
  }));
  // PEFT scales by alpha / √r with use_rslora; ours is always alpha / r.
  const alpha = config.use_rslora ? config.lora_alpha * Math.sqrt(config.r) : config.lora_alpha;
  const spec = { kind: 'lora', rank: config.r, alpha, seed: 0, targets: specTargets(targets, info) } as const;
  return assemble(spec, modules, concatenateLora(modules), info, modelHash);
}

/** Empty where every type is adapted, as specs say it. */
function specTargets(targets: ModuleType[], info: ModelInfo): ModuleType[] {
  return new Set(info.modules.map(({ type }) => type)).size === targets.length ? [] : targets;
}

function assemble(
  spec: StoredAdapter['metadata']['spec'],
  modules: StoredModule[],
  params: Float32Array,
  info: ModelInfo,
  modelHash: string,
): StoredAdapter {
  const named = modules.map(({ name, group }) => ({ name, group }));
  return {
    metadata: { version: 1, spec, model: adapterModel(info, modelHash), basesFingerprint: '', modules: named },
    params,
    modules,
  };
}

/** The model's modules that the checkpoint adapts, in execution order. */
function adaptedModules({ tensors, tensorPath }: Checkpoint, info: ModelInfo, suffix: string): ModuleInfo[] {
  const adapted = info.modules.filter(({ name }) => tensors.has(`${peftName(name)}.${suffix}`));
  const known = new Set(adapted.map(({ name }) => `${peftName(name)}.${suffix}`));
  const foreign = [...tensors.keys()].find((name) => name.endsWith(`.${suffix}`) && !known.has(name));
  if (foreign !== undefined) {
    throw new BadInputError(
      `${tensorPath}: tensor '${foreign}' belongs to no adapted linear of model ${info.name}; give the model that the checkpoint was trained on.`,
    );
  }
  if (adapted.length === 0) {
    throw new BadInputError(`${tensorPath} holds no '${suffix}' tensor, so it trains nothing; save the adapter again.`);
  }
  return adapted;
}

function moduleFactors(
  checkpoint: Checkpoint,
  module: ModuleInfo,
  rank: number,
  info: ModelInfo,
  [suffixA, suffixB]: [string, string],
): Pick<StoredModule, 'name' | 'a' | 'b'> {
  const { name, inputSize, outputSize } = module;
  const a = expectTensor(checkpoint, `${peftName(name)}.${suffixA}`, [rank, inputSize]);
  const b = expectTensor(checkpoint, `${peftName(name)}.${suffixB}`, [outputSize, rank]);
  return { name, a, b: { shape: b.shape, data: rowsToGguf(b.data, name, outputSize, info) } };
}

function expectTensor({ tensors, tensorPath }: Checkpoint, name: string, shape: number[]): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new BadInputError(`${tensorPath}: tensor '${name}' is missing; save the whole adapter again.`);
  if (tensor.shape.join() !== shape.join()) {
    throw new BadInputError(
      `${tensorPath}: tensor '${name}' has shape [${tensor.shape.join(', ')}] where the model and its configuration need [${shape.join(', ')}]; give the model that the checkpoint was trained on.`,
    );
  }
  return tensor;
}
