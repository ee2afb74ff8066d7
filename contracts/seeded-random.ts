// Seeded random numbers for generated problems and initial weights: integer arithmetic only, the same on every machine. Pure.

/** Generator sfc32 (Doty-Humphrey, PractRand): 128-bit state, period at least 2^32. */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param stream distinguishes sequences under one seed, e.g. the step */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = Math.floor(seed / 2 ** 32) | 0;
    for (let round = 0; round < 15; round++) this.nextUint32();
  }

  nextUint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.nextUint32() / 2 ** 32;
  }

  /** Uniform integer in [low, high], unbiased by rejection. */
  integer(low: number, high: number): number {
    const range = high - low + 1;
    const fair = 2 ** 32 - (2 ** 32 % range);
    for (;;) {
      const value = this.nextUint32();
      if (value < fair) return low + (value % range);
    }
  }
}
