// The adapter file: safetensors whose metadata entry `tinylora` is this JSON. Written and read by the tool process.
import { z } from 'zod';
import { AdapterConfig } from './run-config.ts';

/** Entry of the safetensors metadata that holds the JSON below. */
export const ADAPTER_METADATA_KEY = 'tinylora';

const [tinylora, loraXs, lora] = AdapterConfig.options;

/** Given factors A, B and P (a PEFT checkpoint): ΔW = B (Σ_i v_i P_i) A. */
export const FactoredLayout = z.strictObject({ kind: z.literal('factored'), rank: z.int().min(1), u: z.int().min(1) });

export const AdapterFileSpec = z.discriminatedUnion('kind', [tinylora, loraXs, lora, FactoredLayout]);
export type AdapterFileSpec = z.infer<typeof AdapterFileSpec>;

/** What must be known of the model to place and to convert the numbers without it. */
export const AdapterModel = z.strictObject({
  name: z.string(),
  /** SHA-256 of the GGUF file, in hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  family: z.enum(['llama', 'qwen2', 'qwen3']),
  headSize: z.int().min(1),
  /** Rows of q and k are permuted in the GGUF against transformers' (llama). */
  permutedQueryKey: z.boolean(),
});
export type AdapterModel = z.infer<typeof AdapterModel>;

/**
 * Tensors beside it, F32, rows in GGUF order, MODULE as in the GGUF (`blk.0.attn_q`):
 * - tinylora, lora-xs, factored: `v` [parameters], and frozen `MODULE.a` [rank, in], `MODULE.b` [out, rank] and,
 *   but for lora-xs, `MODULE.p` [u, rank, rank];
 * - lora: trained `MODULE.a` [rank, in] and `MODULE.b` [out, rank].
 */
export const AdapterFileMetadata = z.strictObject({
  version: z.literal(1),
  spec: AdapterFileSpec,
  model: AdapterModel,
  /** SHA-256 of the bases that v belongs to, in hex; empty for lora and factored. */
  basesFingerprint: z.string(),
  /** Adapted modules in execution order, each with its tying group (its own index where nothing is tied). */
  modules: z.array(z.strictObject({ name: z.string(), group: z.int().min(0) })).min(1),
});
export type AdapterFileMetadata = z.infer<typeof AdapterFileMetadata>;
