// How many numbers an adapter trains, from the model's header alone. Runs in the host.
import { badInput } from '../../contracts/app-error.ts';
import type { AdapterConfig, ModuleType } from '../../contracts/run-config.ts';
import { ModuleType as ModuleTypes } from '../../contracts/run-config.ts';
import type { z } from 'zod';
import type { GgufHeader } from './gguf-header.ts';

type ModuleTypeName = z.infer<typeof ModuleType>;

export interface AdaptedModule {
  type: ModuleTypeName;
  layer: number;
  outputSize: number;
  inputSize: number;
}

const MODULE_TENSOR = /^blk\.(\d+)\.([a-z_]+)\.weight$/;

/** The linear layers that adapters of these targets change; no targets mean all seven types. In the file's order. */
export function adaptedModules(
  header: Pick<GgufHeader, 'tensors'>,
  targets: readonly ModuleTypeName[],
): AdaptedModule[] {
  const modules: AdaptedModule[] = [];
  for (const { name, shape } of header.tensors) {
    const match = MODULE_TENSOR.exec(name);
    const type = ModuleTypes.safeParse(match?.[2]);
    const [outputSize, inputSize] = shape;
    if (!type.success || outputSize === undefined || inputSize === undefined) continue;
    if (targets.length > 0 && !targets.includes(type.data)) continue;
    modules.push({ type: type.data, layer: Number(match?.[1]), outputSize, inputSize });
  }
  return modules;
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}

/** Paper §1, decision 4: groups that share one v. */
function groupCount(modules: readonly AdaptedModule[], adapter: Extract<AdapterConfig, { kind: 'tinylora' }>): number {
  if (adapter.tying === 'all') return 1;
  if (adapter.tying !== 'structured') return Math.ceil(modules.length / adapter.nTie);
  const countByType = new Map<ModuleTypeName, number>();
  for (const { type } of modules) countByType.set(type, (countByType.get(type) ?? 0) + 1);
  return [...countByType.values()].reduce((total, count) => total + Math.ceil(count / adapter.nTie), 0);
}

function requireRank(modules: readonly AdaptedModule[], rank: number, where: string): void {
  if (modules.length === 0)
    throw badInput(`${where}: the model has none of the targeted layers; choose other targets.`);
  const largest = Math.min(...modules.map((module) => Math.min(module.outputSize, module.inputSize)));
  if (rank > largest) {
    throw badInput(
      `${where}: rank ${rank} is larger than the smallest adapted layer (${largest}); choose at most ${largest}.`,
    );
  }
}

/**
 * @param where names file and key in errors
 * Throws BAD_INPUT for a rank larger than a layer, or where no layer is adapted.
 */
export function parameterCount(header: Pick<GgufHeader, 'tensors'>, adapter: AdapterConfig, where: string): number {
  if (adapter.kind === 'none') return 0;
  if (adapter.kind === 'full') return header.tensors.reduce((total, tensor) => total + product(tensor.shape), 0);
  const modules = adaptedModules(header, adapter.targets);
  requireRank(modules, adapter.rank, where);
  switch (adapter.kind) {
    case 'tinylora':
      return groupCount(modules, adapter) * adapter.u;
    case 'lora-xs':
      return modules.length * adapter.rank ** 2;
    case 'lora':
      return modules.reduce((total, module) => total + adapter.rank * (module.outputSize + module.inputSize), 0);
  }
}
