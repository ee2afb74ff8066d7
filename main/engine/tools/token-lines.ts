// Input of `score` and `grad`: JSON Lines of token ids and weights. Tool process.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { GroupResult, ModelInfo, SequenceGroup } from '../../../native/binding/index.d.ts';
import { BadInputError } from '../bad-input.ts';

/** Other keys are let pass, so that a file with results can be an input again. */
const ScoreInput = z.object({ tokens: z.array(z.int().min(0)).min(1) });
const GradInput = ScoreInput.extend({ weights: z.array(z.number().nullable()) });

export interface TokenLine {
  /** [T] */
  tokens: Int32Array;
  /** [T] loss = Σ_{t ≥ 1} −weights[t] · log p(tokens[t]); zeros where only scored. */
  weights: Float32Array;
}

/** Throws BadInputError naming file, line and key. */
export async function readTokenLines(path: string, info: ModelInfo, weighted: boolean): Promise<TokenLine[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BadInputError(`${path} cannot be read (${error.code ?? error.message}); check the path.`);
  });
  const rows = text.split('\n').map((line, index) => ({ line, where: `${path}, line ${index + 1}` }));
  const lines = rows
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, where }) => parseLine(line, where, info, weighted));
  if (lines.length === 0) throw new BadInputError(`${path} holds no line; give one JSON object with "tokens" a line.`);
  return lines;
}

function parseLine(line: string, where: string, info: ModelInfo, weighted: boolean): TokenLine {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new BadInputError(`${where} is not JSON; give one object a line.`);
  }
  const parsed = (weighted ? GradInput : ScoreInput.extend({ weights: z.undefined().catch(undefined) })).safeParse(
    json,
  );
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new BadInputError(
      `${where}: key '${issue?.path.join('.') ?? ''}' is wrong (${issue?.message ?? ''}); give ${weighted ? '"tokens" and "weights"' : '"tokens"'}.`,
    );
  }
  const { tokens, weights } = parsed.data;
  if (weights && weights.length !== tokens.length) {
    throw new BadInputError(
      `${where}: 'weights' has ${weights.length} entries and 'tokens' ${tokens.length}; give one weight a token.`,
    );
  }
  const foreign = tokens.find((token) => token >= info.vocabularySize);
  if (foreign !== undefined) {
    throw new BadInputError(
      `${where}: token ${foreign} is not in the vocabulary of ${info.vocabularySize}; give ids of this model.`,
    );
  }
  if (tokens.length > info.trainedContextTokens) {
    throw new BadInputError(
      `${where}: ${tokens.length} tokens are longer than the model's context of ${info.trainedContextTokens}; shorten the line.`,
    );
  }
  return {
    tokens: Int32Array.from(tokens),
    weights: Float32Array.from(tokens, (_, t) => (t === 0 ? 0 : (weights?.[t] ?? 0))),
  };
}

export function sequenceGroup({ tokens, weights }: TokenLine): SequenceGroup {
  return { prefix: tokens, prefixWeights: weights, suffixes: [], suffixWeights: [] };
}

/** loss = Σ_{t ≥ 1} −weights[t] · logp[t], in double precision. */
export function weightedLoss({ weights }: TokenLine, result: GroupResult): number {
  const logprobs = result.prefixLogprobs ?? new Float32Array(0);
  return logprobs.reduce(
    (loss, logprob, t) => (t === 0 || weights[t] === 0 ? loss : loss - (weights[t] as number) * logprob),
    0,
  );
}

/** Index 0 has no prediction and becomes null. */
export function withoutFirst(values: Float32Array | null): (number | null)[] {
  return Array.from(values ?? [], (value, t) => (t === 0 ? null : value));
}
