// The strip at the foot of every screen: what runs, what waits, how the machine fares; each part is a link. Runs in the renderer.
import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import { useTranslation } from 'react-i18next';
import { shownState } from '../../contracts/run-state.ts';
import type { RunSummary } from '../../contracts/run-state.ts';
import { StateLabel } from '../components/StateLabel.tsx';
import { useHostQuery } from '../connection/hooks.ts';
import { useLiveRun } from '../connection/live-run.ts';
import { formatEstimate, formatMeasure } from '../format.ts';
import { LAYOUT } from '../theme/tokens.ts';
import { NewsBell } from './NewsBell.tsx';
import { StripMachine, StripPart, WideOnly } from './StripMachine.tsx';
import { runLabel } from './run-names.ts';

export function StatusStrip() {
  const { t } = useTranslation();
  const queue = useHostQuery('listQueue', { limit: 0 }).data;
  const running = queue?.running[0]?.run;
  const remaining = queue?.remainingMs ?? null;
  return (
    <Box
      component="footer"
      aria-label={t('strip.label')}
      sx={{
        height: LAYOUT.stripPx,
        display: 'flex',
        alignItems: 'center',
        gap: 4,
        px: 3,
        typography: 'body2',
        color: 'text.secondary',
        bgcolor: 'background.paper',
        borderTop: 1,
        borderColor: 'divider',
        overflow: 'hidden',
        whiteSpace: 'nowrap',
      }}
    >
      {running ? <RunningPart run={running} /> : <StripPart to="/">{t('strip.idle')}</StripPart>}
      <StripPart to="/">
        {t('strip.queue', { count: queue?.waitingCount ?? 0 })}
        {remaining !== null && remaining > 0 && ` · ${formatEstimate(remaining)}`}
      </StripPart>
      <StripMachine />
      <Box sx={{ flex: 1 }} />
      <NewsBell />
    </Box>
  );
}

function RunningPart({ run }: { run: RunSummary }) {
  const { t } = useTranslation();
  const live = useLiveRun(run.id, run.totalSteps);
  const step = Math.max(run.lastStep, live.step);
  return (
    <>
      <StripPart to={`/runs/r${run.number}`}>
        <StateLabel state={shownState(run)} iconOnly /> {runLabel(run)}
      </StripPart>
      <WideOnly>
        <span>{t('strip.step', { step, total: run.totalSteps })}</span>
        {live.reward !== null && <span>{t('strip.reward', { value: formatMeasure(live.reward) })}</span>}
        {live.remainingMs !== null && <span>{formatEstimate(live.remainingMs)}</span>}
        <LinearProgress
          variant="determinate"
          aria-label={runLabel(run)}
          value={run.totalSteps === 0 ? 0 : (100 * step) / run.totalSteps}
          sx={{ width: 96, borderRadius: 1 }}
        />
      </WideOnly>
    </>
  );
}
