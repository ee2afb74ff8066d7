// The built-in model before training: a micro llama with random weights and a character tokenizer. Runs in make:model.
import { writeGguf } from './gguf-writer.ts';
import type { GgufTensorData, GgufValue } from './gguf-writer.ts';
import { SeededRandom } from '../../contracts/seeded-random.ts';

/** Sizes chosen by the exploration in resources/README.md: the smallest model that still gains from five numbers. */
export const ARCHITECTURE = {
  layerCount: 3,
  embeddingSize: 128,
  feedForwardSize: 384,
  headCount: 4,
  contextTokens: 256,
  ropeBase: 10_000,
  normEpsilon: 1e-5,
} as const;

export const END_TOKEN = '<|end|>';
const PADDING_TOKEN = '<|pad|>';
/** Newline and printable ASCII, so that any English text can be tokenised; the task uses 14 of them. */
const CHARACTERS = ['\n', ...Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index))];
const VOCABULARY = [...CHARACTERS.map(byteLevel), END_TOKEN, PADDING_TOKEN];
const TOKEN_TYPE = { normal: 1, control: 3 } as const;
const EMBEDDING_DEVIATION = 0.05;

/** GPT-2's spelling of a byte in a vocabulary: control characters and the space are moved up by 256. */
function byteLevel(character: string): string {
  return character <= ' ' ? String.fromCharCode(character.charCodeAt(0) + 0x100) : character;
}

/** Writes the untrained model as F32 GGUF. The same seed gives the same file, bit for bit. */
export function writeInitialModel(path: string, name: string, seed: number): void {
  writeGguf(path, metadata(name), initialTensors(seed));
}

/**
 * A byte-level BPE vocabulary without merges: every character is its own token, for llama.cpp as for anyone else. Nothing
 * is put before a text, and `<|end|>` ends a generation.
 */
function metadata(name: string): Map<string, GgufValue> {
  const { layerCount, embeddingSize, feedForwardSize, headCount, contextTokens, ropeBase, normEpsilon } = ARCHITECTURE;
  const endId = VOCABULARY.indexOf(END_TOKEN);
  const controls = new Set([END_TOKEN, PADDING_TOKEN]);
  const tokenTypes = VOCABULARY.map((token) => (controls.has(token) ? TOKEN_TYPE.control : TOKEN_TYPE.normal));
  return new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['general.name', { type: 'string', value: name }],
    ['general.file_type', { type: 'uint32', value: 0 }],
    ['llama.context_length', { type: 'uint32', value: contextTokens }],
    ['llama.embedding_length', { type: 'uint32', value: embeddingSize }],
    ['llama.block_count', { type: 'uint32', value: layerCount }],
    ['llama.feed_forward_length', { type: 'uint32', value: feedForwardSize }],
    ['llama.attention.head_count', { type: 'uint32', value: headCount }],
    ['llama.attention.head_count_kv', { type: 'uint32', value: headCount }],
    ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: normEpsilon }],
    ['llama.rope.dimension_count', { type: 'uint32', value: embeddingSize / headCount }],
    ['llama.rope.freq_base', { type: 'float32', value: ropeBase }],
    ['llama.vocab_size', { type: 'uint32', value: VOCABULARY.length }],
    ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'gpt-2' }],
    ['tokenizer.ggml.tokens', { type: 'strings', value: VOCABULARY }],
    ['tokenizer.ggml.token_type', { type: 'int32s', value: tokenTypes }],
    ['tokenizer.ggml.merges', { type: 'strings', value: [] }],
    ['tokenizer.ggml.bos_token_id', { type: 'uint32', value: endId }],
    ['tokenizer.ggml.eos_token_id', { type: 'uint32', value: endId }],
    ['tokenizer.ggml.padding_token_id', { type: 'uint32', value: VOCABULARY.indexOf(PADDING_TOKEN) }],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
  ]);
}

/** Uniform weights of deviation 1/√(3·in), as PyTorch starts a linear layer; what writes into the residual stream is smaller. */
function initialTensors(seed: number): GgufTensorData[] {
  const { layerCount, embeddingSize, feedForwardSize } = ARCHITECTURE;
  const random = new SeededRandom(seed);
  const residualScale = 1 / Math.sqrt(2 * layerCount);
  const linear = (name: string, outputSize: number, inputSize: number, scale = 1): GgufTensorData =>
    uniformTensor(`${name}.weight`, [outputSize, inputSize], scale / Math.sqrt(inputSize), random);
  const norm = (name: string): GgufTensorData => ({
    name: `${name}.weight`,
    shape: [embeddingSize],
    data: new Float32Array(embeddingSize).fill(1),
  });
  const tensors = [
    uniformTensor('token_embd.weight', [VOCABULARY.length, embeddingSize], EMBEDDING_DEVIATION * Math.sqrt(3), random),
  ];
  for (let layer = 0; layer < layerCount; layer++) {
    const block = `blk.${layer}`;
    tensors.push(
      norm(`${block}.attn_norm`),
      linear(`${block}.attn_q`, embeddingSize, embeddingSize),
      linear(`${block}.attn_k`, embeddingSize, embeddingSize),
      linear(`${block}.attn_v`, embeddingSize, embeddingSize),
      linear(`${block}.attn_output`, embeddingSize, embeddingSize, residualScale),
      norm(`${block}.ffn_norm`),
      linear(`${block}.ffn_gate`, feedForwardSize, embeddingSize),
      linear(`${block}.ffn_up`, feedForwardSize, embeddingSize),
      linear(`${block}.ffn_down`, embeddingSize, feedForwardSize, residualScale),
    );
  }
  tensors.push(norm('output_norm'));
  return tensors;
}

function uniformTensor(name: string, shape: [number, number], limit: number, random: SeededRandom): GgufTensorData {
  const data = Float32Array.from({ length: shape[0] * shape[1] }, () => (2 * random.uniform() - 1) * limit);
  return { name, shape, data };
}
