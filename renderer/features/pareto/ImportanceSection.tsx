// How much each setting explains of the objective, or why nothing can be said. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { SweepSummary } from '../../../contracts/sweep-report.ts';
import { ImportanceBars } from '../../charts/ImportanceBars.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import type { ParetoState } from './pareto-state.ts';

export interface ImportanceSectionProps {
  sweeps: readonly SweepSummary[];
  /** Column of the objective. */
  objective: string;
  state: ParetoState;
}

export function ImportanceSection({ sweeps, objective, state }: ImportanceSectionProps) {
  const { t } = useTranslation('pareto');
  const answer = useHostQuery('settingImportance', {
    sweeps: sweeps.map(({ id }) => id),
    runs: [],
    objective,
    adapterAs: 'numbers',
    seed: 0,
  });
  const { color, setColor } = state;
  return (
    <Box component="section" aria-labelledby="importance">
      <Typography variant="h2" id="importance" sx={{ mb: 2 }}>
        {t('importance')}
      </Typography>
      {answer.error && <LoadFailed error={answer.error} onRetry={() => void answer.refetch()} />}
      {!answer.error && answer.data === undefined && <Loading heightPx={120} />}
      {answer.data?.reason && (
        <EmptyState
          text={t(`noImportance.${answer.data.reason}`, {
            ...{ objective, cells: answer.data.cells, fewest: answer.data.fewestCells },
          })}
        />
      )}
      {answer.data && answer.data.reason === null && (
        <ImportanceBars
          result={answer.data}
          title={t('importanceOf', { objective })}
          fileName="importance"
          chosen={color === '' ? null : color}
          onChoose={(path) => setColor(path === color ? '' : path)}
        />
      )}
      {color !== '' && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 3, mt: 2 }}>
          <Typography>{t('colouredBy', { setting: color })}</Typography>
          <Button size="small" onClick={() => setColor('')}>
            {t('clearColour')}
          </Button>
        </Box>
      )}
    </Box>
  );
}
