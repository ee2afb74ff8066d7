// What colours the tokens of a completion: how far training and rollout disagree, or how unsure the policy was. Pure;
// runs in the renderer.
import type { CompletionToken } from '../../../../contracts/completion-browser.ts';
import { cellInk } from '../../../charts/chart-theme.ts';
import { TOKENS } from '../../../theme/tokens.ts';
import type { Scheme } from '../../../theme/tokens.ts';

export type TokenColouring = 'gap' | 'entropy';
export const TOKEN_COLOURINGS: readonly TokenColouring[] = ['gap', 'entropy'];

/** In nats; what is beyond has the last colour and is found by `.`. */
export const TOKEN_CAP = 2;

/** log p_train − log p_rollout; null where the training pass did not compute the token. */
export function tokenGap({ logpTrain, logpRollout }: CompletionToken): number | null {
  return logpTrain === null ? null : logpTrain - logpRollout;
}

export function tokenValue(token: CompletionToken, colouring: TokenColouring): number | null {
  return colouring === 'gap' ? tokenGap(token) : token.entropy;
}

export function isOverCap(token: CompletionToken, colouring: TokenColouring): boolean {
  return Math.abs(tokenValue(token, colouring) ?? 0) > TOKEN_CAP;
}

/** Background and the ink that reads best on it; null where there is no value. */
export function tokenColours(
  token: CompletionToken,
  colouring: TokenColouring,
  scheme: Scheme,
): { background: string; ink: string } | null {
  const value = tokenValue(token, colouring);
  if (value === null) return null;
  const tints = colouring === 'gap' ? TOKENS[scheme].diverging : TOKENS[scheme].sequential;
  const share = colouring === 'gap' ? (value / TOKEN_CAP + 1) / 2 : value / TOKEN_CAP;
  const background = tints[Math.round(Math.max(0, Math.min(1, share)) * (tints.length - 1))];
  return background === undefined ? null : { background, ink: cellInk(background, scheme) };
}

/** The next token over the cap behind `from`, around the end; null where there is none. */
export function nextOverCap(
  tokens: readonly CompletionToken[],
  from: number,
  colouring: TokenColouring,
): number | null {
  for (let offset = 1; offset <= tokens.length; offset++) {
    const index = (from + offset) % tokens.length;
    const token = tokens[index];
    if (token !== undefined && isOverCap(token, colouring)) return index;
  }
  return null;
}
