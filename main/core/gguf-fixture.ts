// The smallest GGUF head with one layer's seven linear tensors, for tests that need no weights.

const SHAPES: readonly (readonly [string, number, number])[] = [
  ['attn_q', 16, 16],
  ['attn_k', 16, 16],
  ['attn_v', 16, 16],
  ['attn_output', 16, 16],
  ['ffn_gate', 32, 16],
  ['ffn_up', 32, 16],
  ['ffn_down', 16, 32],
];

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** Header and tensor list of GGUF version 3; no tensor data. */
export function tinyGguf(): Buffer {
  const tensors = SHAPES.map(([type, outputSize, inputSize]) =>
    Buffer.concat([text(`blk.0.${type}.weight`), u32(2), u64(inputSize), u64(outputSize), u32(0), u64(0)]),
  );
  const architecture = Buffer.concat([text('general.architecture'), u32(8), text('llama')]);
  return Buffer.concat([u32(0x46554747), u32(3), u64(SHAPES.length), u64(1), architecture, ...tensors]);
}
