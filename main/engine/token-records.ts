// The tokens of a step's completions with the log-probs that the update used, for the record. Runs in the engine process.
import type { CompletionToken } from '../../contracts/completion-browser.ts';
import type { Session } from '../../native/binding/index.d.ts';
import { encodeTokens } from '../core/token-record.ts';
import type { UpdateResult } from './grpo.ts';
import type { GradedCompletion } from './rollouts.ts';

/** What the training pass said of one completion. */
interface TrainedTokens {
  logprobs: Float32Array;
  entropy: Float32Array | undefined;
}

/**
 * By prompt and sample, in base64; null where it is not kept. Whole groups are kept, from the first on, as long as they
 * fit into `limit` tokens.
 */
export function tokenRecords(
  session: Pick<Session, 'detokenize'>,
  graded_P_G: readonly GradedCompletion[][],
  update: UpdateResult,
  limit: number,
): (string | null)[][] {
  const trained_P_G = trainedTokens(update);
  let left = limit;
  return graded_P_G.map((group, prompt) => {
    left -= group.reduce((count, { completion }) => count + completion.tokens.length, 0);
    if (left < 0) return group.map(() => null);
    return group.map((graded, sample) => {
      const bytes = encodeTokens(describeTokens(session, graded, trained_P_G.get(prompt)?.get(sample)));
      return Buffer.from(bytes).toString('base64');
    });
  });
}

/** By prompt and sample, of the groups that the update computed. */
function trainedTokens({ sent, oldLogprobs, steps: [first] }: UpdateResult): Map<number, Map<number, TrainedTokens>> {
  const entries = sent.map(({ group, completions }, index): [number, Map<number, TrainedTokens>] => [
    group,
    new Map(
      completions.flatMap((sample, suffix) => {
        const logprobs = oldLogprobs[index]?.[suffix];
        const entropy = first?.pass.groups[index]?.suffixEntropy[suffix];
        return logprobs ? [[sample, { logprobs, entropy }]] : [];
      }),
    ),
  ]);
  return new Map(entries);
}

function describeTokens(
  session: Pick<Session, 'detokenize'>,
  { completion }: GradedCompletion,
  trained: TrainedTokens | undefined,
): CompletionToken[] {
  // A character may be cut between tokens: it appears with the token that completes it.
  const decoder = new TextDecoder();
  return Array.from(completion.tokens, (id, index) => ({
    id,
    text: decoder.decode(session.detokenize(Int32Array.of(id), { special: true }), {
      stream: index < completion.tokens.length - 1,
    }),
    logpRollout: completion.logprobs[index] ?? NaN,
    logpTrain: trained?.logprobs[index] ?? null,
    entropy: trained?.entropy?.[index] ?? null,
  }));
}
