// What the demo sweep will take on this machine: estimated, or measured by two steps. Runs in the renderer.
import { useId } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../../contracts/app-error.ts';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { formatEstimate } from '../../format.ts';

export function DemoCost({ recipePath }: { recipePath: string }) {
  const { t } = useTranslation('home');
  const connection = useHostConnection();
  const id = useId();
  const source = { recipePath };
  const known = useHostQuery('preflightSweep', { source, measure: false, id });
  const measuring = useMutation({
    mutationFn: () => connection.call('preflightSweep', { source, measure: true, id }),
  });
  const durationMs = (measuring.data ?? known.data)?.durationMs ?? null;
  const problem = measuring.error ? errorMessage(measuring.error) : measuring.data?.notMeasured;
  if (durationMs !== null) return <Typography>{t('demoTakes', { duration: formatEstimate(durationMs) })}</Typography>;
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 2, minHeight: 32 }}>
      <Typography color="textSecondary" role="status">
        {measuring.isPending ? t('demoMeasuring') : (problem ?? t('demoNotMeasured'))}
      </Typography>
      {!measuring.isPending && (
        <Button variant="text" onClick={() => measuring.mutate()}>
          {t('measure')}
        </Button>
      )}
    </Box>
  );
}
