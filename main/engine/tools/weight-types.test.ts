// Rounding of weights against all numbers of each type, enumerated from their definitions.
import { expect, it } from 'vitest';
import { WEIGHT_TYPES } from './weight-types.ts';

/** Value of the bits of a float with these many exponent and mantissa bits. */
function decode(bits: number, exponentBits: number, mantissaBits: number): number {
  const exponent = (bits >>> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = bits & (2 ** mantissaBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >>> 15 === 1 ? -1 : 1;
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return (sign * mantissa) / 2 ** (bias - 1 + mantissaBits);
  return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}

const TYPES = { f16: [5, 10], bf16: [8, 7] } as const;

it.each(['f16', 'bf16'] as const)(
  '%s: keeps its own numbers and rounds between them to the nearest, ties to even',
  (type) => {
    const [exponentBits, mantissaBits] = TYPES[type];
    const encoded = (values: number[]): Uint16Array => {
      const bytes = WEIGHT_TYPES[type].encode(Float32Array.from(values));
      return new Uint16Array(bytes.buffer, bytes.byteOffset, values.length);
    };
    const largest = (2 ** exponentBits - 1) * 2 ** mantissaBits;
    const codes = Array.from({ length: largest }, (_, code) => code);
    const numbers = codes.map((code) => decode(code, exponentBits, mantissaBits));
    expect([...encoded(numbers)]).toEqual(codes);
    expect([...encoded(numbers.map((value) => -value))]).toEqual(codes.map((code) => code + 0x8000));
    // Midpoints are float32 numbers, save below the smallest of bf16, whose exponents are the same.
    const first = type === 'bf16' ? 2 : 0;
    const ties = codes.slice(first, -1).map((code) => ((numbers[code] ?? 0) + (numbers[code + 1] ?? 0)) / 2);
    expect([...encoded(ties)]).toEqual(codes.slice(first, -1).map((code) => code + (code % 2)));
    const above = ties.map((tie, i) => tie + ((numbers[first + i + 1] ?? 0) - tie) / 4);
    expect([...encoded(above)]).toEqual(codes.slice(first, -1).map((code) => code + 1));
    expect([...encoded([Infinity, -Infinity])]).toEqual([largest, largest + 0x8000]);
    expect(decode(encoded([NaN])[0] ?? 0, exponentBits, mantissaBits)).toBeNaN();
  },
);

it('f16: what is too large becomes infinite', () => {
  const bytes = WEIGHT_TYPES.f16.encode(Float32Array.of(65519, 65520, 1e20));
  expect([0, 2, 4].map((at) => bytes.readUInt16LE(at))).toEqual([0x7bff, 0x7c00, 0x7c00]);
});

it('q8_0: a scale and whole numbers for each 32 values, halves away from zero', () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? i - 16 : 0));
  values[0] = 127;
  values[1] = 2.5;
  values[2] = -2.5;
  const bytes = WEIGHT_TYPES.q8_0.encode(values);
  expect(bytes.length).toBe(68);
  expect(bytes.readUInt16LE(0)).toBe(0x3c00);
  expect([0, 1, 2, 3, 31].map((i) => bytes.readInt8(2 + i))).toEqual([127, 3, -3, -13, 15]);
  expect(bytes.subarray(34).every((byte) => byte === 0)).toBe(true);
});
