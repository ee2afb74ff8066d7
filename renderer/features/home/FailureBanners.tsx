// Runs that failed, until the user has seen it: what happened, what is safe, how to go on. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { QueueEntry } from '../../../contracts/queue.ts';
import { Banner } from '../../components/Banner.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatSetting } from '../../format.ts';
import { gentlerLearningRate } from './edit-run.ts';
import type { QueueActions } from '../../components/queue/queue-actions.ts';

const MOST_BANNERS = 3;

export function FailureBanners({ failures, actions }: { failures: readonly QueueEntry[]; actions: QueueActions }) {
  return failures.slice(0, MOST_BANNERS).map(({ run }) => <FailureBanner key={run.id} run={run} actions={actions} />);
}

function FailureBanner({ run, actions }: { run: QueueEntry['run']; actions: QueueActions }) {
  const { t } = useTranslation('home');
  const safeStep = run.failure?.lastStep ?? run.lastStep;
  const isLost = run.failure?.code === 'CRASHED' || run.failure?.code === 'HUNG';
  const title = { label: `r${run.number}`, step: run.lastStep + 1, reason: run.failure?.message ?? '' };
  return (
    <Banner
      tone="error"
      actions={
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2 }}>
          <Button onClick={() => void actions.continueRun(run.id)}>
            {safeStep > 0 ? t('continueFrom', { step: safeStep }) : t('tryAgain')}
          </Button>
          {!isLost && <GentlerRetry run={run} actions={actions} />}
          <Button variant="text" component={RouterLink} to={`/runs/r${run.number}`}>
            {t('open')}
          </Button>
          <Button variant="text" onClick={() => void actions.acknowledge(run.id)}>
            {t('dismiss')}
          </Button>
        </Box>
      }
    >
      {t(isLost ? 'lostTitle' : 'failedTitle', title)} {safeStep > 0 && t('stepsSafe', { step: safeStep })}
    </Banner>
  );
}

/** The same settings with a smaller learning rate, as a new cell. */
function GentlerRetry({ run, actions }: { run: QueueEntry['run']; actions: QueueActions }) {
  const { t } = useTranslation('home');
  const config = useHostQuery('showRun', { id: run.id, completions: 0 }).data?.config;
  if (config === undefined) return null;
  const learningRate = gentlerLearningRate(config.learningRate);
  return (
    <Button onClick={() => void actions.retryWithLearningRate(run, learningRate)}>
      {t('retryWithLr', { value: formatSetting(learningRate) })}
    </Button>
  );
}
