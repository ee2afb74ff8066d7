// What can be done to a run, top right: one filled button, by its state. Runs in the renderer.
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import Button from '@mui/material/Button';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Tooltip from '@mui/material/Tooltip';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { RunOverview } from '../../../contracts/run-overview.ts';
import { shownState } from '../../../contracts/run-state.ts';
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
      <ActionMenu
        label={t('export')}
        items={[
          { label: t('exportMetrics'), run: actions.exportMetrics },
          { label: t('exportRun'), run: actions.exportRun },
          ...(hasTrained ? [{ label: t('copyAdapter'), run: actions.copyAdapter }] : []),
        ]}
      />
      <ActionMenu
        label={t('more')}
        items={[
          { label: t('tryAdapter'), run: onTryAdapter },
          ...(canStop ? [{ label: t('cancel'), run: actions.cancel }] : []),
          ...(run.state === 'running' ? [] : [{ label: t('remove'), run: actions.remove }]),
        ]}
        links={[
          ...(hasTrained ? [{ label: t('openInPlayground'), to: `/playground?b=r${run.number}` }] : []),
          { label: t('newSweepFromHere'), to: `/sweeps/new?from=${run.id}` },
        ]}
      />
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

interface ActionMenuProps {
  label: string;
  items: readonly { label: string; run: () => void }[];
  links?: readonly { label: string; to: string }[];
}

function ActionMenu({ label, items, links = [] }: ActionMenuProps) {
  const menuId = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const close = () => setAnchor(null);
  const entries: ReactNode[] = [
    ...links.map((link) => (
      <MenuItem key={link.label} component={RouterLink} to={link.to} onClick={close}>
        {link.label}
      </MenuItem>
    )),
    ...items.map((item) => (
      <MenuItem
        key={item.label}
        onClick={() => {
          close();
          item.run();
        }}
      >
        {item.label}
      </MenuItem>
    )),
  ];
  return (
    <>
      <Button
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        aria-controls={anchor === null ? undefined : menuId}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {label}
      </Button>
      <Menu id={menuId} anchorEl={anchor} open={anchor !== null} onClose={close}>
        {entries}
      </Menu>
    </>
  );
}
