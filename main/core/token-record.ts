// What is kept of a completion's tokens, as compact bytes. Written by the engine, read by the host.
import type { CompletionToken } from '../../contracts/completion-browser.ts';

/** Log-probs and entropies are kept in steps of 1e-5 nats. */
const UNITS_PER_NAT = 1e5;
const FORMAT = 1;
const HAS_TRAIN = 1;
const HAS_ENTROPY = 2;

class ByteWriter {
  readonly #bytes: number[] = [];

  /** LEB128: seven bits a byte, the lowest first. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#bytes.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.#bytes.push(rest);
  }

  /** Zigzag: small numbers of either sign become few bytes. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.unsigned(bytes.length);
    for (const byte of bytes) this.#bytes.push(byte);
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw new Error('A token record ends too early.');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  text(): string {
    const length = this.unsigned();
    this.#position += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.#position - length, this.#position));
  }
}

/** Log-probs beyond this are those of a training that has diverged. */
const LARGEST_NATS = 1e6;

function units(nats: number): number {
  return Math.round(Math.max(-LARGEST_NATS, Math.min(LARGEST_NATS, nats)) * UNITS_PER_NAT);
}

/**
 * About 16 bytes a token: id, text, log p_rollout, and where all tokens have them log p_train (as its difference) and
 * entropy. NaN becomes 0.
 */
export function encodeTokens(tokens: readonly CompletionToken[]): Uint8Array {
  const hasTrain = tokens.every(({ logpTrain }) => logpTrain !== null);
  const hasEntropy = tokens.every(({ entropy }) => entropy !== null);
  const writer = new ByteWriter();
  writer.unsigned(FORMAT);
  writer.unsigned((hasTrain ? HAS_TRAIN : 0) | (hasEntropy ? HAS_ENTROPY : 0));
  writer.unsigned(tokens.length);
  for (const { id, text, logpRollout, logpTrain, entropy } of tokens) {
    writer.unsigned(id);
    writer.text(text);
    writer.signed(units(logpRollout));
    if (hasTrain) writer.signed(units(logpTrain ?? 0) - units(logpRollout));
    if (hasEntropy) writer.signed(units(entropy ?? 0));
  }
  return writer.bytes;
}

/** Throws where the bytes are not what `encodeTokens` writes. */
export function decodeTokens(bytes: Uint8Array): CompletionToken[] {
  const reader = new ByteReader(bytes);
  const format = reader.unsigned();
  if (format !== FORMAT) throw new Error(`A token record has the unknown format ${format}.`);
  const flags = reader.unsigned();
  return Array.from({ length: reader.unsigned() }, () => {
    const id = reader.unsigned();
    const text = reader.text();
    const rollout = reader.signed();
    const train = flags & HAS_TRAIN ? rollout + reader.signed() : null;
    const entropy = flags & HAS_ENTROPY ? reader.signed() / UNITS_PER_NAT : null;
    return {
      id,
      text,
      logpRollout: rollout / UNITS_PER_NAT,
      logpTrain: train === null ? null : train / UNITS_PER_NAT,
      entropy,
    };
  });
}
