// Tokens reach the answer they belong to; each side keeps its own history. Runs under vitest.
import { describe, expect, it } from 'vitest';
import type { PlaygroundAnswer } from '../../../contracts/playground.ts';
import { historyOf, withTokens } from './chat-store.ts';
import type { Exchange, SideAnswer } from './chat-store.ts';

function answered(requestId: number, side: 'a' | 'b', text: string): SideAnswer {
  const answer: PlaygroundAnswer = {
    side,
    text,
    promptTokenCount: 3,
    tokenCount: 1,
    finishReason: 'end',
    durationMs: 10,
    grade: null,
    warnings: [],
  };
  return { requestId, text, tokens: [], answer, failure: null };
}

const first: Exchange = {
  id: 1,
  turns: [{ role: 'user', content: '1+1' }],
  grading: null,
  sides: ['a', 'b'],
  answers: { a: answered(10, 'a', '3'), b: answered(11, 'b', '2') },
};
const second: Exchange = {
  id: 2,
  turns: [{ role: 'user', content: 'sure?' }],
  grading: null,
  sides: ['a', 'b'],
  answers: { a: { requestId: 12, text: 'y', tokens: [], answer: null, failure: null } },
};

describe('the conversation', () => {
  it('adds tokens to the answer that was asked for', () => {
    const token = { id: 5, text: 'es', logprob: -0.2 };
    const event = { type: 'playgroundTokens' as const, requestId: 12, side: 'a' as const, text: 'es', tokens: [token] };
    const after = withTokens([first, second], event);
    expect(after[1]?.answers.a).toMatchObject({ text: 'yes', tokens: [token] });
    expect(after[0]).toBe(first);
  });

  it('leaves tokens of another window alone', () => {
    const event = { type: 'playgroundTokens' as const, requestId: 99, side: 'a' as const, text: 'x', tokens: [] };
    const exchanges = [first, second];
    expect(withTokens(exchanges, event)).toBe(exchanges);
  });

  it('keeps a history a side, without what has no answer yet', () => {
    expect(historyOf([first, second], 'b')).toEqual([
      { role: 'user', content: '1+1' },
      { role: 'assistant', content: '2' },
    ]);
    expect(historyOf([first, second], 'a')[1]?.content).toBe('3');
  });
});
