// Integer random numbers for data order, the same on every machine. Runs in the engine process.
//
// Sampling has its own counter-based generator in the native trainer; this one only shuffles.

const MASK_64 = (1n << 64n) - 1n;

/** splitmix64 (Steele, Lea, Flood 2014): next 64-bit number of a state that starts anywhere. */
function* splitmix64(seed: bigint): Generator<bigint, never> {
  let state = seed & MASK_64;
  for (;;) {
    state = (state + 0x9e3779b97f4a7c15n) & MASK_64;
    let mixed = state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
    yield mixed ^ (mixed >> 31n);
  }
}

/**
 * Order of `count` rows in an epoch: a permutation of 0 … count − 1 that depends on seed and epoch alone
 * (Fisher–Yates, unbiased by rejection).
 */
export function shuffledOrder(count: number, seed: number, epoch: number): Uint32Array {
  // The epoch passes through the generator once, so that (seed, epoch) and (seed + 1, epoch − 1) share nothing.
  const generator = splitmix64(BigInt(seed) ^ splitmix64(BigInt(epoch)).next().value);
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = below(generator, last + 1);
    const moved = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}

/** Uniform integer in [0, limit), limit ≤ 2^32. */
function below(generator: Generator<bigint, never>, limit: number): number {
  const range = BigInt(limit);
  const fair = (1n << 64n) - ((1n << 64n) % range);
  for (;;) {
    const value = generator.next().value;
    if (value < fair) return Number(value % range);
  }
}
