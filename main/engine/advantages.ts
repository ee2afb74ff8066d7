// Advantages of a group of completions from their rewards. Pure arithmetic; runs in the engine process.

/**
 * Paper §2: advantage. A_i = (r_i − mean) / (std + ε) with the sample standard deviation (n − 1) over the group;
 * `mean-only` leaves the division out. Exactly 0 where all rewards are equal.
 *
 * @param rewards_G rewards of one prompt's completions; null = masked, takes no part in mean and std
 * @returns advantages_G; null where masked
 */
export function groupAdvantages(
  rewards_G: readonly (number | null)[],
  kind: 'group-std' | 'mean-only',
  epsilon: number,
): (number | null)[] {
  const scored = rewards_G.filter((reward) => reward !== null);
  if (scored.every((reward) => reward === scored[0])) return rewards_G.map((reward) => (reward === null ? null : 0));
  const mean = scored.reduce((sum, reward) => sum + reward, 0) / scored.length;
  const variance = scored.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / (scored.length - 1);
  const divisor = kind === 'group-std' ? Math.sqrt(variance) + epsilon : 1;
  return rewards_G.map((reward) => (reward === null ? null : (reward - mean) / divisor));
}

export type Aggregation = 'token-mean' | 'sequence-mean' | 'dr-grpo';

/**
 * Factor of every token's loss in each completion, so that the batch's loss is a plain sum (paper §2: the 1/N).
 *
 * @param lengths_C tokens of each unmasked completion of the batch, those of zero-variance groups included
 */
export function tokenScales(
  lengths_C: readonly number[],
  aggregation: Aggregation,
  maxCompletionTokens: number,
): number[] {
  const tokenCount = lengths_C.reduce((sum, length) => sum + length, 0);
  switch (aggregation) {
    case 'token-mean':
      return lengths_C.map(() => 1 / tokenCount);
    case 'sequence-mean':
      return lengths_C.map((length) => (length === 0 ? 0 : 1 / (lengths_C.length * length)));
    case 'dr-grpo':
      return lengths_C.map(() => 1 / (lengths_C.length * maxCompletionTokens));
  }
}
