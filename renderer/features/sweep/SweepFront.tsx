// The front of one sweep: the chart, what it says, the way to the Pareto screen. Runs in the renderer.
import { useMemo } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink, useNavigate } from 'react-router';
import type { ParetoPoint } from '../../../contracts/analysis.ts';
import type { SweepGrid } from '../../../contracts/sweep-grid.ts';
import { useQueryState } from '../../app/query-state.ts';
import { useRunName } from '../../app/run-names.ts';
import type { ChartFrameProps } from '../../charts/ChartFrame.tsx';
import { ParetoChart } from '../../charts/pareto/ParetoChart.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import type { Mode } from './score-words.ts';

const FEWEST_POINTS = 2;

/** Asked for alike wherever it is shown, so that it is worked out once. */
export function useSweepFront(sweepId: string, mode: Mode, isLogX = true) {
  return useHostQuery(
    'pareto',
    {
      ...{ sweeps: [sweepId], runs: [], reference: null, resamples: 1000, seed: 0 },
      objectives: [
        { key: 'numbers', goal: 'min', log: isLogX },
        { key: mode, goal: 'max', log: false },
      ],
    },
    { placeholderData: keepPreviousData },
  );
}

export interface SweepFrontProps {
  sweep: SweepGrid;
  mode: Mode;
  heightPx: number;
  exporting?: ChartFrameProps['exporting'];
}

export function SweepFront({ sweep, mode, heightPx, exporting }: SweepFrontProps) {
  const { t } = useTranslation('sweep');
  const navigate = useNavigate();
  const runName = useRunName();
  const [logX, setLogX] = useQueryState<'1' | '0'>('logx', '1');
  const [selectedRun, setSelectedRun] = useQueryState<string>('sel', '');
  const isLogX = logX === '1';
  const { data: result, error, refetch } = useSweepFront(sweep.id, mode, isLogX);
  const selected = useMemo(
    () =>
      new Set(
        result?.points.filter(({ runIds }) => runIds.some((id) => runName(id) === selectedRun)).map(({ key }) => key),
      ),
    [result, runName, selectedRun],
  );
  const name = `s${sweep.number}`;
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (result === undefined) return <Loading heightPx={heightPx} />;
  if (result.points.length < FEWEST_POINTS) return <EmptyState text={t('frontEmpty')} />;
  const uncertain = result.points.filter(({ isUncertain }) => isUncertain).length;
  const total = result.points.length + result.unfinished + result.incomplete;
  return (
    <Box sx={{ display: 'grid', gap: 3, minWidth: 0 }}>
      <ParetoChart
        title={t('frontSoFar')}
        fileName={`${name}-front`}
        {...{ result, selected, heightPx }}
        {...(exporting && { exporting })}
        xName={t('numbers')}
        yName={t(`accuracyOf.${mode}`)}
        summary={t('frontSummary', { count: total, front: result.front.length, uncertain })}
        totalPoints={total}
        logX={{ isLog: isLogX, onChange: (isLog) => setLogX(isLog ? '1' : '0') }}
        onSelect={({ runIds: [first = ''] }: ParetoPoint) => {
          const run = runName(first);
          setSelectedRun(run === selectedRun ? '' : run);
        }}
        onOpen={({ runIds: [first = ''] }: ParetoPoint) => void navigate(`/runs/${runName(first)}`)}
      />
      <Button component={RouterLink} to={`/pareto?sweeps=${name}`} sx={{ justifySelf: 'start' }}>
        {t('openPareto')}
      </Button>
    </Box>
  );
}
