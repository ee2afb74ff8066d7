// Rounds float32 weights to the types of a GGUF, bit for bit as ggml's reference code does. Tool process.
import type { ConvertedType } from '../../../contracts/tool-protocol.ts';
import { floatBytes } from './safetensors.ts';

interface WeightType {
  /** ggml's number of the type, in a tensor's description. */
  tensorType: number;
  /** llama.cpp's number of a file that is mostly of the type. */
  fileType: number;
  bytesPerValue: number;
  encode(values: Float32Array): Buffer;
}

/** Values of Q8_0 that share a scale; rows must be a multiple of it long. */
export const Q8_0_BLOCK = 32;
const Q8_0_BLOCK_BYTES = 2 + Q8_0_BLOCK;
const LARGEST_INT8 = 127;

export const WEIGHT_TYPES: Readonly<Record<ConvertedType, WeightType>> = {
  f32: { tensorType: 0, fileType: 0, bytesPerValue: 4, encode: floatBytes },
  f16: { tensorType: 1, fileType: 1, bytesPerValue: 2, encode: (values) => halves(values, toFloat16) },
  bf16: { tensorType: 30, fileType: 32, bytesPerValue: 2, encode: (values) => halves(values, toBfloat16) },
  q8_0: { tensorType: 8, fileType: 7, bytesPerValue: Q8_0_BLOCK_BYTES / Q8_0_BLOCK, encode: toQ8_0 },
};

function halves(values: Float32Array, round: (bits: number) => number): Buffer {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const rounded = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) rounded[i] = round(bits[i] ?? 0);
  return Buffer.from(rounded.buffer);
}

/** Float32 bits to the nearest bfloat16, ties to even; NaN stays one. */
function toBfloat16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Float32 bits to the nearest float16, ties to even, subnormal numbers too; too large becomes infinite. */
function toFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above lie nearer to what float16 has no number for.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | subnormal(magnitude);
  return sign | ((magnitude - 0x38000000 + 0x0fff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** Multiples of 2^-24, the nearest, ties to even. */
function subnormal(magnitude: number): number {
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return 0;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const quotient = mantissa >>> shift;
  const remainder = mantissa - quotient * 2 ** shift;
  const half = 2 ** (shift - 1);
  return quotient + (remainder > half || (remainder === half && quotient % 2 === 1) ? 1 : 0);
}

/** Blocks of a float16 scale and 32 whole numbers (ggml's `quantize_row_q8_0_ref`); arithmetic in float32. */
function toQ8_0(values: Float32Array): Buffer {
  const bytes = Buffer.alloc((values.length / Q8_0_BLOCK) * Q8_0_BLOCK_BYTES);
  const scale = new Float32Array(1);
  const scaleBits = new Uint32Array(scale.buffer);
  for (let block = 0, at = 0; block < values.length; block += Q8_0_BLOCK, at += Q8_0_BLOCK_BYTES) {
    let largest = 0;
    for (let i = block; i < block + Q8_0_BLOCK; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
    scale[0] = largest / LARGEST_INT8;
    const inverse = scale[0] === 0 ? 0 : Math.fround(1 / scale[0]);
    bytes.writeUInt16LE(toFloat16(scaleBits[0] ?? 0), at);
    for (let i = 0; i < Q8_0_BLOCK; i++) {
      const scaled = Math.fround((values[block + i] ?? 0) * inverse);
      // Halves away from zero, as C's roundf.
      bytes.writeInt8(Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5), at + 2 + i);
    }
  }
  return bytes;
}
