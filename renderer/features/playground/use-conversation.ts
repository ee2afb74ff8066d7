// Asks both sides, one after the other, and keeps what they answer. Runs in the renderer.
import { useMemo } from 'react';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { HostParams } from '../../../contracts/host-protocol.ts';
import type { ChatTurn, PlaygroundAdapter, PlaygroundSideName } from '../../../contracts/playground.ts';
import type { PromptConfig } from '../../../contracts/run-config.ts';
import { useHostConnection, useHostEvents } from '../../connection/hooks.ts';
import { changeAnswer, historyOf, nextRequestId, useChat, withTokens } from './chat-store.ts';
import type { Grading } from './chat-store.ts';

export interface Question {
  model: string;
  device: 'cpu' | 'gpu';
  sides: readonly { side: PlaygroundSideName; adapter: PlaygroundAdapter }[];
  template: PromptConfig;
  turns: readonly ChatTurn[];
  grading: Grading | null;
  sampling: HostParams<'generate'>['sampling'];
}

export interface Conversation {
  ask: (question: Question) => Promise<void>;
  stop: () => Promise<void>;
  clear: () => void;
}

export function useConversation(): Conversation {
  const connection = useHostConnection();
  useHostEvents((events) => {
    for (const event of events) {
      if (event.type !== 'playgroundTokens') continue;
      const exchanges = withTokens(useChat.getState().exchanges, event);
      if (exchanges !== useChat.getState().exchanges) useChat.setState({ exchanges });
    }
  });
  return useMemo(
    () => ({
      ask: async ({ sides, turns, grading, template, ...request }: Question) => {
        const before = useChat.getState().exchanges;
        const id = nextRequestId();
        const exchange = { id, turns, grading, sides: sides.map(({ side }) => side), answers: {} };
        useChat.setState({ exchanges: [...before, exchange], isAnswering: true });
        for (const { side, adapter } of sides) {
          if (!useChat.getState().isAnswering) break;
          const requestId = nextRequestId();
          changeAnswer(id, side, { requestId });
          try {
            const { answers } = await connection.call('generate', {
              ...request,
              requestId,
              sides: [{ side, adapter }],
              prompt: { template, messages: [...historyOf(before, side), ...turns] },
              grading,
            });
            const [answer] = answers;
            if (answer) changeAnswer(id, side, { answer, text: answer.text });
          } catch (error) {
            changeAnswer(id, side, { failure: errorMessage(error) });
            break;
          }
        }
        useChat.setState({ isAnswering: false });
      },
      stop: async () => {
        useChat.setState({ isAnswering: false });
        await connection.call('stopGenerating', {});
      },
      clear: () => useChat.setState({ exchanges: [] }),
    }),
    [connection],
  );
}
