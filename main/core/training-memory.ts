// About how much memory a training run of a model needs, before anything is measured. Host and library process.

export interface ModelSizes {
  layerCount: number;
  contextTokens: number | null;
  embeddingSize: number | null;
  feedForwardSize: number | null;
  headCount: number | null;
  keyValueHeadCount: number | null;
  headSize: number | null;
  vocabularySize: number | null;
}

/** A batch of 64 sequences of 512 tokens, trained in micro-batches of 4,096: what the defaults come to. */
const SEQUENCES = 64;
const SEQUENCE_TOKENS = 512;
const MICRO_BATCH_TOKENS = 4096;
/** Rows of the vocabulary's log-probs computed together, with their gradient. */
const HEAD_TOKENS = 512;
const FLOAT_BYTES = 4;
const CACHE_BYTES = 2;
/** Widths of one layer's recomputed activations and their gradients: norms, q, k, v, o and residuals; gate, up, down. */
const ATTENTION_WIDTHS = 12;
const FEED_FORWARD_WIDTHS = 6;

/**
 * Weights, key/value cache, each layer's kept input, one layer recomputed, and a chunk of the vocabulary's log-probs.
 * The adapter and its optimiser are kilobytes. Null where the file does not say all sizes.
 */
export function trainingMemoryBytes(sizes: ModelSizes, weightBytes: number): number | null {
  const { layerCount, embeddingSize, feedForwardSize, keyValueHeadCount, headSize, vocabularySize } = sizes;
  if (embeddingSize === null || feedForwardSize === null || vocabularySize === null) return null;
  if (keyValueHeadCount === null || headSize === null) return null;
  const sequenceTokens = Math.min(SEQUENCE_TOKENS, sizes.contextTokens ?? SEQUENCE_TOKENS);
  const cache = SEQUENCES * sequenceTokens * layerCount * 2 * keyValueHeadCount * headSize * CACHE_BYTES;
  const layerInputs = MICRO_BATCH_TOKENS * layerCount * embeddingSize * FLOAT_BYTES;
  const layerWidth = ATTENTION_WIDTHS * embeddingSize + FEED_FORWARD_WIDTHS * feedForwardSize;
  const layer = MICRO_BATCH_TOKENS * layerWidth * FLOAT_BYTES;
  const head = HEAD_TOKENS * vocabularySize * 2 * FLOAT_BYTES;
  const bytes = weightBytes + cache + layerInputs + layer + head;
  return Number.isFinite(bytes) ? bytes : null;
}
