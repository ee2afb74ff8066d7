// What a new user sees: one click starts the demo; what it takes, and what it can run on. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import { useHostQuery } from '../../connection/hooks.ts';
import { DemoCost } from './DemoCost.tsx';
import { DeviceLines } from './DeviceLines.tsx';
import { demoRecipe } from '../../components/queue/queue-actions.ts';
import type { QueueActions } from '../../components/queue/queue-actions.ts';

export function FirstRun({ actions }: { actions: QueueActions }) {
  const { t } = useTranslation('home');
  const demo = demoRecipe(useHostQuery('listRecipes', {}).data ?? []);
  return (
    <Box component="section" sx={{ display: 'grid', gap: 4, justifyItems: 'start', py: 6, maxWidth: 560 }}>
      <Typography variant="h4" component="h2">
        {t('firstRunTitle')}
      </Typography>
      <Typography>{t('firstRunText')}</Typography>
      {demo && <DemoCost recipePath={demo.path} />}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 3 }}>
        <Button variant="contained" onClick={() => void actions.runDemo()}>
          {t('runDemo')}
        </Button>
        <Button component={RouterLink} to="/models">
          {t('addModel')}
        </Button>
      </Box>
      <DeviceLines />
    </Box>
  );
}
