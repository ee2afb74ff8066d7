// How PEFT and transformers name, order and group what a GGUF holds. Pure; engine and tool processes.
import type { ModelInfo, ModuleType } from '../../../native/binding/index.d.ts';

/** Below `model.layers.N`. */
export const MODULE_PATHS: Record<ModuleType, string> = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

/** `blk.3.attn_q` → `model.layers.3.self_attn.q_proj`. */
export function transformersName(moduleName: string): string {
  const { layer, type } = splitModuleName(moduleName);
  return `model.layers.${layer}.${MODULE_PATHS[type]}`;
}

/** PEFT's name of the module inside its wrapper. */
export function peftName(moduleName: string): string {
  return `base_model.model.${transformersName(moduleName)}`;
}

/** The last part of the transformers name, as in PEFT's `target_modules`. */
export function peftTarget(type: ModuleType): string {
  return MODULE_PATHS[type].slice(MODULE_PATHS[type].indexOf('.') + 1);
}

export function splitModuleName(moduleName: string): { layer: number; type: ModuleType } {
  const [, layer, type] = moduleName.split('.');
  if (layer === undefined || type === undefined || !(type in MODULE_PATHS)) {
    throw new Error(`'${moduleName}' is not the name of an adapted module.`);
  }
  return { layer: Number(layer), type: type as ModuleType };
}

/** Python's `round`: halves go to the even number. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** PEFT's TinyLoRA groups of `moduleCount` modules in execution order; the remainder joins the last group. */
export function peftGroups(moduleCount: number, weightTying: number): number[] {
  const groupCount = Math.max(1, roundHalfEven(moduleCount * (1 - weightTying)));
  const size = Math.floor(moduleCount / groupCount);
  return Array.from({ length: moduleCount }, (_, index) => Math.min(Math.floor(index / size), groupCount - 1));
}

/** The `weight_tying` that makes PEFT group like `groups`, or null where its rule cannot. */
export function weightTyingFor(groups: number[]): number | null {
  const groupCount = Math.max(...groups) + 1;
  const weightTying = groupCount === 1 ? 1 : 1 - groupCount / groups.length;
  const made = peftGroups(groups.length, weightTying);
  return made.every((group, index) => group === groups[index]) ? weightTying : null;
}

export type RowLayout = Pick<ModelInfo, 'headSize' | 'permutedQueryKey'>;

/**
 * Source row of each GGUF row of a module's output, or null where the orders agree. In a llama GGUF, transformers' row
 * s·h/2 + p of a head of size h (s the half, p the RoPE pair) is row 2p + s, in q and k.
 */
function transformersRows(type: ModuleType, rowCount: number, layout: RowLayout): number[] | null {
  if (!layout.permutedQueryKey || (type !== 'attn_q' && type !== 'attn_k')) return null;
  const size = layout.headSize;
  return Array.from({ length: rowCount }, (_, row) => {
    const inHead = row % size;
    return row - inHead + (inHead % 2) * (size / 2) + Math.floor(inHead / 2);
  });
}

/** Rows of [rowCount, columns] from transformers' order into the GGUF's. */
export function rowsToGguf(data: Float32Array, moduleName: string, rowCount: number, layout: RowLayout): Float32Array {
  const source = transformersRows(splitModuleName(moduleName).type, rowCount, layout);
  if (!source) return data;
  const columns = data.length / rowCount;
  const out = new Float32Array(data.length);
  source.forEach((from, to) => out.set(data.subarray(from * columns, (from + 1) * columns), to * columns));
  return out;
}

/** Rows of [rowCount, columns] from the GGUF's order into transformers'. */
export function rowsToTransformers<Numbers extends Float32Array | Float64Array>(
  data: Numbers,
  moduleName: string,
  rowCount: number,
  layout: RowLayout,
): Numbers {
  const source = transformersRows(splitModuleName(moduleName).type, rowCount, layout);
  if (!source) return data;
  const columns = data.length / rowCount;
  const out = data.slice() as Numbers;
  source.forEach((to, from) => out.set(data.subarray(from * columns, (from + 1) * columns), to * columns));
  return out;
}
