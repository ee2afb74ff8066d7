// What trains now: reward, step, time left. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { QueueEntry } from '../../../contracts/queue.ts';
import { shownState } from '../../../contracts/run-state.ts';
import { runLabel } from '../../app/run-names.ts';
import { Sparkline } from '../../charts/Sparkline.tsx';
import { ActionMenu } from '../../components/ActionMenu.tsx';
import { StateLabel } from '../../components/StateLabel.tsx';
import { useLiveRun } from '../../connection/live-run.ts';
import { useRewards } from './rewards.ts';
import { formatClock, formatDuration, formatMeasure } from '../../format.ts';
import type { QueueActions } from '../../components/queue/queue-actions.ts';

export function RunningSection({ entries, actions }: { entries: readonly QueueEntry[]; actions: QueueActions }) {
  const { t } = useTranslation('home');
  return (
    <Box component="section" aria-labelledby="home-running">
      <Typography variant="h2" id="home-running">
        {t('running')}
      </Typography>
      {entries.length === 0 && (
        <Typography color="textSecondary" sx={{ py: 2 }}>
          {t('nothingRuns')}
        </Typography>
      )}
      {entries.map((entry) => (
        <RunningRow key={entry.run.id} entry={entry} actions={actions} />
      ))}
    </Box>
  );
}

function RunningRow({ entry, actions }: { entry: QueueEntry; actions: QueueActions }) {
  const { t } = useTranslation('home');
  const { run, sweeps, estimate, pending } = entry;
  const live = useLiveRun(run.id, run.totalSteps);
  const step = Math.max(run.lastStep, live.step);
  const rewards = useRewards(run.id, live);
  const reward = rewards.at(-1);
  const remainingMs = live.remainingMs ?? estimate?.durationMs ?? null;
  return (
    <Box sx={{ py: 3, borderBottom: 1, borderColor: 'divider', display: 'grid', gap: 2 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 3 }}>
        <StateLabel state={shownState(run)} iconOnly />
        <Link component={RouterLink} to={`/runs/r${run.number}`} sx={{ fontWeight: 600 }}>
          {runLabel(run)}
        </Link>
        {sweeps[0] && <Typography color="textSecondary">{`s${sweeps[0].number} ${sweeps[0].name}`}</Typography>}
        {run.startedAtMs !== null && (
          <Typography color="textSecondary">{t('startedAt', { time: formatClock(run.startedAtMs) })}</Typography>
        )}
        <Box sx={{ flex: 1 }} />
        <Button disabled={pending !== null} onClick={() => void actions.pause(entry)}>
          {t('pause')}
        </Button>
        <ActionMenu
          label={t('moreFor', { label: runLabel(run) })}
          actions={[{ label: t('cancel'), run: () => void actions.cancel(entry) }]}
        />
      </Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 4, minHeight: 32 }}>
        {reward !== undefined && (
          <>
            <Typography component="span" variant="h4">
              {formatMeasure(reward)}
            </Typography>
            <Sparkline
              values={rewards}
              widthPx={160}
              heightPx={32}
              label={t('rewardCurve', { count: rewards.length, value: formatMeasure(reward) })}
            />
            <Typography color="textSecondary">{t('reward')}</Typography>
          </>
        )}
        <Typography>
          {pending === 'pausing'
            ? t('pausing', { step: step + 1 })
            : pending === 'cancelling'
              ? t('cancelling', { step: step + 1 })
              : t('step', { step, total: run.totalSteps })}
        </Typography>
        <Typography color="textSecondary">
          {remainingMs === null ? t('estimating') : t('left', { duration: formatDuration(remainingMs) })}
        </Typography>
      </Box>
      <LinearProgress
        variant="determinate"
        aria-label={runLabel(run)}
        value={run.totalSteps === 0 ? 0 : Math.min(100, (100 * step) / run.totalSteps)}
      />
    </Box>
  );
}
