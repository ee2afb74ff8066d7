// What every GGUF file is made of (version 3, little-endian): integers, strings, aligned data.

const ALIGNMENT_BYTES = 32;

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([uint64(bytes.length), bytes]);
}

/** Where data may begin behind so many bytes. */
export function aligned(sizeBytes: number): number {
  return Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/** Zeros from there to where data may begin. */
export function padding(sizeBytes: number): Buffer {
  return Buffer.alloc(aligned(sizeBytes) - sizeBytes);
}
