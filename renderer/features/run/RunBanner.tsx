// Why a run failed or got lost, what is safe and how to go on. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import type { RunOverview } from '../../../contracts/run-overview.ts';
import { shownState } from '../../../contracts/run-state.ts';
import { Banner } from '../../components/Banner.tsx';
import { formatCount, formatSetting } from '../../format.ts';
import { gentlerRate } from './run-actions.ts';
import type { RunActions } from './run-actions.ts';
import { PrimaryButton, isInBanner } from './RunButtons.tsx';

export interface RunBannerProps {
  overview: RunOverview;
  actions: RunActions;
  onShowLog: () => void;
}

export function RunBanner({ overview, actions, onShowLog }: RunBannerProps) {
  const { t } = useTranslation('run');
  const { run, config, safeStep } = overview;
  if (!isInBanner(overview)) return null;
  const isLost = shownState(run) === 'lost';
  const { failure } = run;
  const cause = [failure?.signal, config.engine.device.toUpperCase()].filter(Boolean).join(', ');
  const rate = gentlerRate(config.learningRate);
  const step = formatCount(run.lastStep + 1);
  return (
    <Banner
      tone="error"
      actions={
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2 }}>
          {!isLost && (
            <Button onClick={() => actions.retryWithRate(rate)}>
              {t('retryWithRate', { rate: formatSetting(rate) })}
            </Button>
          )}
          <Button variant="text" onClick={onShowLog}>
            {t('showLog')}
          </Button>
          <PrimaryButton overview={overview} actions={actions} />
        </Box>
      }
    >
      {isLost ? t('lost', { step, cause }) : t('failed', { step, reason: failure?.message ?? '' })}{' '}
      {safeStep > 0 ? t('stepsSafe', { step: formatCount(safeStep) }) : t('nothingToContinue')}
    </Banner>
  );
}
