// What can be done to a run, top right: one filled button, by its state. Runs in the renderer.
import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { RunOverview } from '../../../contracts/run-overview.ts';
import { shownState } from '../../../contracts/run-state.ts';
import { MenuButton } from '../../components/MenuButton.tsx';
import { formatCount } from '../../format.ts';
import type { RunActions } from './run-actions.ts';

export type PrimaryAction = 'pause' | 'resume' | 'continue' | 'retry' | 'moveToTop' | 'compare';

/** What the run most likely needs next. */
export function primaryAction({ run, safeStep }: RunOverview): PrimaryAction {
  switch (shownState(run)) {
    case 'running':
      return 'pause';
    case 'paused':
      return 'resume';
    case 'queued':
      return 'moveToTop';
    case 'done':
      return 'compare';
    case 'failed':
    case 'lost':
    case 'stopped':
      return safeStep > 0 ? 'continue' : 'retry';
  }
}

/** Whether a run's banner has the filled button, beside the reason for it. */
export function isInBanner({ run }: RunOverview): boolean {
  const state = shownState(run);
  return state === 'failed' || state === 'lost';
}

export interface RunButtonsProps {
  overview: RunOverview;
  actions: RunActions;
  onTryAdapter: () => void;
}

export function RunButtons({ overview, actions, onTryAdapter }: RunButtonsProps) {
  const { t } = useTranslation('run');
  const { run } = overview;
  const primary = primaryAction(overview);
  const hasTrained = run.lastStep > 0;
  const canStop = ['running', 'queued', 'paused', 'interrupted'].includes(run.state);
  return (
    <>
      {primary !== 'compare' && <CompareButton runId={run.id} isPrimary={false} />}
      <MenuButton
        actions={[
          { label: t('exportMetrics'), run: actions.exportMetrics },
          { label: t('exportRun'), run: actions.exportRun },
          ...(hasTrained ? [{ label: t('copyAdapter'), run: actions.copyAdapter }] : []),
        ]}
      >
        {t('export')}
      </MenuButton>
      <MenuButton
        actions={[
          ...(hasTrained ? [{ label: t('openInPlayground'), run: `/playground?b=r${run.number}` }] : []),
          { label: t('newSweepFromHere'), run: `/sweeps/new?from=${run.id}` },
          { label: t('tryAdapter'), run: onTryAdapter },
          ...(canStop ? [{ label: t('cancel'), run: actions.cancel }] : []),
          ...(run.state === 'running' ? [] : [{ label: t('remove'), run: actions.remove }]),
        ]}
      >
        {t('more')}
      </MenuButton>
      {!isInBanner(overview) && <PrimaryButton overview={overview} actions={actions} />}
    </>
  );
}

/** The filled button of the screen. */
export function PrimaryButton({ overview, actions }: { overview: RunOverview; actions: RunActions }) {
  const { t } = useTranslation('run');
  const { run, pending, safeStep } = overview;
  const primary = primaryAction(overview);
  if (primary === 'compare') return <CompareButton runId={run.id} isPrimary />;
  const labels: Record<typeof primary, string> = {
    pause: t('pause'),
    resume: t('resume'),
    continue: t('continueFrom', { step: formatCount(safeStep) }),
    retry: t('retry'),
    moveToTop: t('moveToTop'),
  };
  const requeue = { pause: actions.pause, resume: actions.resume, continue: actions.resume, retry: actions.resume };
  const act = primary === 'moveToTop' ? actions.moveToTop : requeue[primary];
  const waits = primary === 'pause' && pending !== null;
  const reason = waits
    ? t(pending === 'pausing' ? 'pausingAfter' : 'stoppingAfter', { step: formatCount(run.lastStep + 1) })
    : '';
  return (
    <Tooltip title={reason}>
      <Button
        variant="contained"
        aria-disabled={waits}
        onClick={waits ? undefined : act}
        sx={waits ? { opacity: 0.6, cursor: 'default' } : undefined}
      >
        {waits ? reason : labels[primary]}
      </Button>
    </Tooltip>
  );
}

function CompareButton({ runId, isPrimary }: { runId: string; isPrimary: boolean }) {
  const { t } = useTranslation('run');
  return (
    <Button variant={isPrimary ? 'contained' : 'outlined'} component={RouterLink} to={`/compare?runs=${runId}`}>
      {t('compare')}
    </Button>
  );
}
