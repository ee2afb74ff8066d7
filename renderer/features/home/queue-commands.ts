// The queue from anywhere: demo, pause, resume, pause after the current run. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../app/commands.ts';
import type { Command } from '../../app/commands.ts';
import { SHORTCUTS } from '../../app/shortcuts.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { useQueueActions } from '../../components/queue/queue-actions.ts';

/** For the shell alone. */
export function useQueueCommands(): void {
  const { t } = useTranslation('home');
  const actions = useQueueActions();
  const queue = useHostQuery('listQueue', { limit: 0 }).data;
  const isHeld = (queue?.status.hold ?? null) !== null;
  const isIdle = queue === undefined || (queue.running.length === 0 && queue.waitingCount === 0);
  const commands = useMemo<Command[]>(() => {
    const whyNotPause = isHeld ? { disabledReason: t('isPaused') } : isIdle ? { disabledReason: t('queueEmpty') } : {};
    return [
      { id: 'home.runDemo', section: 'do', title: t('runDemo'), run: () => void actions.runDemo() },
      isHeld
        ? {
            id: 'queue.toggle',
            section: 'do',
            title: t('resumeQueue'),
            keys: SHORTCUTS.pause.toggle,
            run: () => void actions.resume(),
          }
        : {
            id: 'queue.toggle',
            section: 'do',
            title: t('pauseAll'),
            keys: SHORTCUTS.pause.toggle,
            ...whyNotPause,
            run: () => void actions.pauseAll(),
          },
      {
        id: 'queue.pauseAfterCurrent',
        section: 'do',
        title: t('pauseAfterCurrent'),
        keys: SHORTCUTS.pauseAfterCurrent.ask,
        ...whyNotPause,
        run: () => void actions.pauseAfterCurrent(),
      },
    ];
  }, [t, actions, isHeld, isIdle]);
  useCommands(commands, 'everywhere');
}
