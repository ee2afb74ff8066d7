// "5 of 9 shown. Clear": what a brush leaves of a front. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format.ts';

export function ShownCount({ shown, total, onClear }: { shown: number; total: number; onClear: () => void }) {
  const { t } = useTranslation('charts');
  return (
    <Box role="status" sx={{ display: 'flex', alignItems: 'center', gap: 3 }}>
      <Typography>{t('pareto.shownOf', { shown: formatCount(shown), total: formatCount(total) })}</Typography>
      <Button size="small" onClick={onClear}>
        {t('pareto.clear')}
      </Button>
    </Box>
  );
}
