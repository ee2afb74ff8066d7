// Playground: the base and a trained model answer the same message with the same seed. Runs in the renderer.
import { useEffect, useEffectEvent, useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { HeldOutProblem } from '../../../contracts/playground.ts';
import { useCommands } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { useQueryState } from '../../app/query-state.ts';
import { reported } from '../../app/reported.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { useReadingModels } from '../../components/library/ModelSelect.tsx';
import { useChat } from './chat-store.ts';
import { Composer } from './Composer.tsx';
import { ConversationList } from './ConversationList.tsx';
import { PlaygroundControls } from './PlaygroundControls.tsx';
import { PlaygroundNotices } from './PlaygroundNotices.tsx';
import { promptConfig, usePlaygroundSettings } from './settings.ts';
import type { TemplateName } from './settings.ts';
import { useSide } from './sides.ts';
import { useConversation } from './use-conversation.ts';
import { useDeviceChoice } from './device-choice.ts';

export function PlaygroundPage() {
  const { t } = useTranslation('playground');
  const sideA = useSide('a', 'base');
  const sideB = useSide('b', 'none');
  const [problem, setProblem] = useState<HeldOutProblem | null>(null);
  const own = problem?.template ?? sideB.prompt ?? sideA.prompt;
  const [chosenTemplate, setTemplate] = useQueryState<TemplateName | ''>('template', '');
  const template =
    chosenTemplate === '' || (chosenTemplate === 'task' && own === null) ? defaultTemplate(own) : chosenTemplate;
  const models = useReadingModels();
  const [chosenModel, setModel] = useQueryState<string>('model', '');
  const adapterModels = [...new Set([sideA.model, sideB.model].filter((model) => model !== null))];
  const model = adapterModels[0] ?? (chosenModel === '' ? (models[0]?.reference ?? null) : chosenModel);
  const contextTokens = models.find(({ reference }) => reference === model)?.inspection?.contextTokens ?? null;
  const settings = usePlaygroundSettings(problem?.stop ?? [], contextTokens);
  const device = useDeviceChoice();
  const draft = useChat((state) => state.draft);
  const isAnswering = useChat((state) => state.isAnswering);
  const conversation = useConversation();
  const state = useHostQuery('playgroundState', {}).data;

  const sides = [sideA, sideB].flatMap(({ name, adapter }) => (adapter === null ? [] : [{ side: name, adapter }]));
  const isUnready = [sideA, sideB].some(({ choice, adapter }) => choice.kind !== 'nobody' && adapter === null);
  const blocker = (() => {
    if (model === null) return t('noModel');
    if (adapterModels.length > 1) return t('otherModel');
    if (settings.sampling === null) return t('settingsWrong');
    if (isUnready || sides.length === 0) return t('lineHelp');
    if (draft.trim() === '') return t('nothingToSend');
    if (!isAnswering && state?.state === 'generating') return t('busyElsewhere');
    return null;
  })();

  const send = () => {
    if (blocker !== null || isAnswering || model === null || settings.sampling === null) return;
    if (device.choice === 'ask') {
      device.setWaiting(true);
      return;
    }
    device.setWaiting(false);
    const isProblem = problem !== null && draft === problemText(problem);
    const turns = isProblem ? problem.messages : [{ role: 'user' as const, content: draft }];
    useChat.setState({ draft: '' });
    void conversation.ask({
      model,
      device: device.choice,
      sides,
      template: promptConfig(template, own),
      turns,
      grading: isProblem ? { grader: problem.grader, answer: problem.answer } : null,
      sampling: settings.sampling,
    });
  };
  useSendWhenFree(device.isWaiting && device.choice !== 'ask', send);
  const stop = useMemo(() => reported(conversation.stop), [conversation]);
  usePlaygroundCommands(conversation.clear, stop);
  const isStopped = state?.state === 'stopped';

  return (
    <Page
      title={t('title')}
      actions={
        <Tooltip title={blocker ?? ''}>
          <Button
            variant={isStopped ? 'outlined' : 'contained'}
            aria-disabled={blocker !== null || isAnswering}
            onClick={send}
            sx={blocker !== null || isAnswering ? { opacity: 0.75 } : undefined}
          >
            {t('send')}
          </Button>
        </Tooltip>
      }
    >
      {models.length === 0 && model === null && (
        <EmptyState
          text={t('noModel')}
          actions={
            <Button component={RouterLink} to="/models">
              {t('addModel')}
            </Button>
          }
        />
      )}
      <PlaygroundControls
        sides={[sideA, sideB]}
        model={{ value: model ?? '', set: setModel, isLocked: adapterModels.length > 0 }}
        settings={settings}
        template={{ value: template, set: setTemplate, hasTask: own !== null }}
      />
      {adapterModels.length > 1 && <Typography color="error">{t('otherModel')}</Typography>}
      <PlaygroundNotices device={device} />
      <ConversationList />
      <Composer
        problem={problem}
        onProblem={(next) => {
          setProblem(next);
          settings.maxTokens.set(String(next.maxTokens));
          useChat.setState({ draft: problemText(next) });
        }}
        runs={[sideB, sideA].flatMap(({ choice }) => (choice.kind === 'run' ? [choice.name] : []))}
        onSend={send}
        onStop={() => void stop()}
        onClear={conversation.clear}
      />
      <Box sx={{ flex: 1 }} />
    </Page>
  );
}

function defaultTemplate(own: object | null): TemplateName {
  return own === null ? 'chat' : 'task';
}

/** What is asked, as it can be read and edited. */
function problemText({ messages }: HeldOutProblem): string {
  return messages.findLast(({ role }) => role === 'user')?.content ?? '';
}

/** Sends the waiting message once. */
function useSendWhenFree(isDue: boolean, send: () => void): void {
  const onFree = useEffectEvent(send);
  useEffect(() => {
    if (isDue) onFree();
  }, [isDue]);
}

function usePlaygroundCommands(clear: () => void, stop: () => Promise<void>): void {
  const { t } = useTranslation('playground');
  const commands = useMemo(
    () => [
      { id: 'playground.clear', section: 'do' as const, title: `${t('title')}: ${t('clear')}`, run: clear },
      { id: 'playground.stop', section: 'do' as const, title: `${t('title')}: ${t('stop')}`, run: () => void stop() },
    ],
    [t, clear, stop],
  );
  useCommands(commands);
}
