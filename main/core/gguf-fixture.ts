// The smallest GGUF head with one layer's seven linear tensors, for tests that need no weights.
import { text, uint32, uint64 } from './gguf-fields.ts';

const SHAPES: readonly (readonly [string, number, number])[] = [
  ['attn_q', 16, 16],
  ['attn_k', 16, 16],
  ['attn_v', 16, 16],
  ['attn_output', 16, 16],
  ['ffn_gate', 32, 16],
  ['ffn_up', 32, 16],
  ['ffn_down', 16, 32],
];

/** Header and tensor list of GGUF version 3; no tensor data. */
export function tinyGguf(): Buffer {
  const tensors = SHAPES.map(([type, outputSize, inputSize]) =>
    Buffer.concat([
      text(`blk.0.${type}.weight`),
      uint32(2),
      uint64(inputSize),
      uint64(outputSize),
      uint32(0),
      uint64(0),
    ]),
  );
  const architecture = Buffer.concat([text('general.architecture'), uint32(8), text('llama')]);
  return Buffer.concat([uint32(0x46554747), uint32(3), uint64(SHAPES.length), uint64(1), architecture, ...tensors]);
}
