// Colours of tokens: signed, capped, missing where nothing was computed. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { TOKENS } from '../../../theme/tokens.ts';
import { nextOverCap, tokenColours, tokenGap } from './token-colours.ts';

const token = (logpTrain: number | null, logpRollout = 0, entropy: number | null = 0) => ({
  ...{ id: 1, text: 'a', logpTrain, logpRollout, entropy },
});

describe('tokenColours', () => {
  it('has the sign of the gap, and one colour beyond the cap', () => {
    const { diverging } = TOKENS.light;
    const background = (gap: number) => tokenColours(token(gap), 'gap', 'light')?.background;
    expect([background(-2), background(0), background(2)]).toEqual([diverging[0], diverging[3], diverging[6]]);
    expect(background(-9)).toBe(diverging[0]);
    expect(tokenGap(token(-1, -0.25))).toBe(-0.75);
  });
  it('has none where training did not compute the token', () => {
    expect(tokenColours(token(null), 'gap', 'dark')).toBeNull();
    expect(tokenColours(token(0, 0, null), 'entropy', 'dark')).toBeNull();
  });
});

describe('nextOverCap', () => {
  it('goes around, and says where there is none', () => {
    const tokens = [token(3), token(0), token(-4)];
    expect([-1, 0, 2].map((from) => nextOverCap(tokens, from, 'gap'))).toEqual([0, 2, 0]);
    expect(nextOverCap([token(1)], 0, 'gap')).toBeNull();
    expect(nextOverCap([], 0, 'gap')).toBeNull();
  });
});
