// What a GGUF file is and what it needs: read by node-llama-cpp from its head. Runs in the library process.
import { GgmlType, GgufInsights, readGgufFileInfo } from 'node-llama-cpp';
import type { GgufFileInfo } from 'node-llama-cpp';
import type { ModelInspection } from '../../contracts/library.ts';
import { trainingMemoryBytes } from '../core/training-memory.ts';
import { linearTensorFaults, trainingRefusal } from '../core/trainable-model.ts';

const CHAT_TOKENS = 4096;

/** Throws where the file is missing, cut off or no GGUF. */
export async function inspectModel(path: string): Promise<ModelInspection> {
  const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false });
  const insights = await GgufInsights.from(info);
  const { general, tokenizer } = info.metadata;
  const { embedding_length, feed_forward_length, attention, block_count } = info.architectureMetadata;
  const headCount = numberOf(attention?.head_count);
  const embeddingSize = numberOf(embedding_length);
  const sizes = {
    layerCount: numberOf(block_count) ?? insights.totalLayers,
    contextTokens: insights.trainContextSize ?? null,
    embeddingSize,
    feedForwardSize: numberOf(feed_forward_length),
    headCount,
    keyValueHeadCount: numberOf(attention?.head_count_kv) ?? headCount,
    headSize: numberOf(attention?.key_length) ?? divided(embeddingSize, headCount),
    vocabularySize: tokenizer?.ggml?.tokens?.length ?? null,
  };
  const architecture = general.architecture;
  const hasTokenizer = sizes.vocabularySize !== null && tokenizer.ggml.model !== 'none';
  const tensorNames = (info.fullTensorInfo ?? []).map(({ name }) => name);
  return {
    name: general.name ?? path.slice(path.lastIndexOf('/') + 1),
    architecture,
    parameterCount: parameterCount(info),
    weightType: GgmlType[insights.dominantTensorType ?? -1] ?? 'unknown',
    ...sizes,
    hasTokenizer,
    hasChatTemplate: tokenizer?.chat_template !== undefined,
    trainingRefusal: trainingRefusal({
      architecture,
      hasTokenizer,
      faults: linearTensorFaults(tensorNames, sizes.layerCount),
    }),
    chatMemoryBytes: await chatMemoryBytes(insights),
    trainingMemoryBytes: trainingMemoryBytes(sizes, insights.modelSize),
    warnings: insights.getWarnings(path),
  };
}

function parameterCount(info: GgufFileInfo): number {
  return (info.fullTensorInfo ?? []).reduce(
    (sum, { dimensions }) => sum + dimensions.reduce<number>((product, size) => product * Number(size), 1),
    0,
  );
}

/** Null where the estimate fails, as for architectures that the library does not know. */
async function chatMemoryBytes(insights: GgufInsights): Promise<number | null> {
  const contextSize = Math.min(CHAT_TOKENS, insights.trainContextSize ?? CHAT_TOKENS);
  try {
    const weights = await insights.estimateModelResourceRequirementsV2({ gpuLayers: 0 });
    const context = await insights.estimateContextResourceRequirementsV2({ contextSize, modelGpuLayers: 0 });
    const bytes = weights.cpuRam + weights.gpuVram + context.cpuRam + context.gpuVram;
    return Number.isFinite(bytes) ? bytes : null;
  } catch {
    return null;
  }
}

/** Of a value that may differ by layer: the largest. */
function numberOf(value: unknown): number | null {
  const values = (Array.isArray(value) ? value : [value]).map(Number).filter(Number.isFinite);
  return values.length === 0 ? null : Math.max(...values);
}

function divided(whole: number | null, parts: number | null): number | null {
  return whole === null || parts === null || parts === 0 ? null : whole / parts;
}
