// The conversation with both sides, kept while other screens are shown. Runs in the renderer.
import { create } from 'zustand';
import type { HostEvent, HostParams } from '../../../contracts/host-protocol.ts';
import type { ChatTurn, PlaygroundAnswer, PlaygroundSideName, PlaygroundToken } from '../../../contracts/playground.ts';

export type Grading = NonNullable<HostParams<'generate'>['grading']>;

export interface SideAnswer {
  /** By which its tokens are known. */
  requestId: number;
  text: string;
  tokens: readonly PlaygroundToken[];
  /** Null while it answers, and after a failure. */
  answer: PlaygroundAnswer | null;
  failure: string | null;
}

export interface Exchange {
  id: number;
  /** What was asked in this exchange. */
  turns: readonly ChatTurn[];
  grading: Grading | null;
  sides: readonly PlaygroundSideName[];
  /** A side that is missing waits for the other one. */
  answers: Partial<Record<PlaygroundSideName, SideAnswer>>;
}

interface ChatState {
  exchanges: readonly Exchange[];
  /** The message that is being written. */
  draft: string;
  isAnswering: boolean;
}

export const useChat = create<ChatState>(() => ({ exchanges: [], draft: '', isAnswering: false }));

let lastRequestId = Date.now();

/** Different in each window, since every client hears every token. */
export function nextRequestId(): number {
  lastRequestId = Math.max(Date.now(), lastRequestId + 1);
  return lastRequestId;
}

export function changeAnswer(exchangeId: number, side: PlaygroundSideName, change: Partial<SideAnswer>): void {
  useChat.setState(({ exchanges }) => ({
    exchanges: exchanges.map((exchange) => {
      if (exchange.id !== exchangeId) return exchange;
      const before = exchange.answers[side] ?? { requestId: -1, text: '', tokens: [], answer: null, failure: null };
      return { ...exchange, answers: { ...exchange.answers, [side]: { ...before, ...change } } };
    }),
  }));
}

/** `exchanges` with the tokens of one event; the same where nobody here asked for them. */
export function withTokens(
  exchanges: readonly Exchange[],
  event: Extract<HostEvent, { type: 'playgroundTokens' }>,
): readonly Exchange[] {
  const { requestId, side, text, tokens } = event;
  const index = exchanges.findLastIndex(({ answers }) => answers[side]?.requestId === requestId);
  const exchange = exchanges[index];
  const before = exchange?.answers[side];
  if (exchange === undefined || before === undefined) return exchanges;
  const after = { ...before, text: before.text + text, tokens: [...before.tokens, ...tokens] };
  return exchanges.with(index, { ...exchange, answers: { ...exchange.answers, [side]: after } });
}

/** What one side has heard and said so far, for its next answer. Exchanges that it did not answer are left out. */
export function historyOf(exchanges: readonly Exchange[], side: PlaygroundSideName): ChatTurn[] {
  return exchanges.flatMap(({ turns, answers }): ChatTurn[] => {
    const answer = answers[side]?.answer;
    return answer ? [...turns, { role: 'assistant', content: answer.text }] : [];
  });
}
