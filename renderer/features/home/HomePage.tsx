// Home: what runs, what waits, what is finished; for a new user, the first step. Runs in the renderer.
import { useMemo } from 'react';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { Queue, QueueEntry } from '../../../contracts/queue.ts';
import { useCommands } from '../../app/commands.ts';
import type { Command } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { NEW_SWEEP_PATH } from '../../app/places.ts';
import { runLabel } from '../../app/run-names.ts';
import { SHORTCUTS } from '../../app/shortcuts.ts';
import { Banner } from '../../components/Banner.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatFileSize } from '../../format.ts';
import { FailureBanners } from './FailureBanners.tsx';
import { FirstRun } from './FirstRun.tsx';
import { useQueueActions } from '../../components/queue/queue-actions.ts';
import { useQueue } from '../../components/queue/use-queue.ts';
import type { QueueActions } from '../../components/queue/queue-actions.ts';
import { QueueSection } from './QueueSection.tsx';
import { RecentSection } from './RecentSection.tsx';
import { RunningSection } from './RunningSection.tsx';

export function HomePage() {
  const { t } = useTranslation('home');
  const queue = useQueue();
  const sweeps = useHostQuery('listSweeps', {});
  const actions = useQueueActions();
  useHomeCommands(queue.data?.failures[0], actions);
  const isNew = sweeps.data?.length === 0;
  const error = queue.error ?? sweeps.error;
  return (
    <Page
      title={t('title')}
      actions={
        <>
          {queue.data && <HoldButton queue={queue.data} actions={actions} />}
          <Button variant={isNew ? 'outlined' : 'contained'} component={RouterLink} to={NEW_SWEEP_PATH}>
            {t('newSweep')}
          </Button>
        </>
      }
    >
      {error && <LoadFailed error={error} onRetry={() => void Promise.all([queue.refetch(), sweeps.refetch()])} />}
      {!error && (queue.data === undefined || sweeps.data === undefined) && <Loading heightPx={320} />}
      {queue.data && sweeps.data && (
        <>
          <HoldBanner queue={queue.data} />
          <FailureBanners failures={queue.data.failures} actions={actions} />
          {isNew && <FirstRun actions={actions} />}
          {!isNew && <RunningSection entries={queue.data.running} actions={actions} />}
          {!isNew && <QueueSection queue={queue.data} actions={actions} />}
          {!isNew && <RecentSection sweeps={sweeps.data} actions={actions} />}
        </>
      )}
    </Page>
  );
}

/** Why nothing new is started. */
function HoldBanner({ queue }: { queue: Queue }) {
  const { t } = useTranslation('home');
  const freeBytes = useHostQuery('studioStatus', {}).data?.disk.freeBytes;
  const { hold } = queue.status;
  if (hold === null) return null;
  if (hold.reason === 'low-disk') {
    const freeSpace = (
      <Button component={RouterLink} to="/disk">
        {t('freeSpace')}
      </Button>
    );
    return (
      <Banner tone="warning" actions={freeSpace}>
        {t('hold.low-disk', { size: formatFileSize(freeBytes ?? Number.NaN) })}
      </Banner>
    );
  }
  const isAtRest = hold.reason === 'after-current' && queue.running.length === 0;
  return <Banner tone="warning">{isAtRest ? t('hold.atRest') : t(`hold.${hold.reason}`)}</Banner>;
}

/** One button that stops the queue after the current run, or lets it go on. */
function HoldButton({ queue, actions }: { queue: Queue; actions: QueueActions }) {
  const { t } = useTranslation('home');
  if (queue.status.hold !== null) return <Button onClick={() => void actions.resume()}>{t('resumeQueue')}</Button>;
  if (queue.running.length === 0 && queue.waitingCount === 0) return null;
  return <Button onClick={() => void actions.pauseAfterCurrent()}>{t('pauseAfterCurrent')}</Button>;
}

/** R retries the failure that is shown first. */
function useHomeCommands(failure: QueueEntry | undefined, actions: QueueActions): void {
  const { t } = useTranslation('home');
  const commands = useMemo<Command[]>(
    () =>
      failure === undefined
        ? []
        : [
            {
              id: 'home.retry',
              section: 'do',
              title: t('retryOf', { label: `r${failure.run.number} ${runLabel(failure.run)}` }),
              keys: SHORTCUTS.retry.ask,
              run: () => void actions.continueRun(failure.run.id),
            },
          ],
    [t, actions, failure],
  );
  useCommands(commands);
}
