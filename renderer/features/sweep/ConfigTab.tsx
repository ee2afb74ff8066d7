// A sweep's recipe as it was when it was last queued, and the settings in which its cells differ. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { SettingRow } from '../../../contracts/analysis.ts';
import type { SweepGrid } from '../../../contracts/sweep-grid.ts';
import { copyText } from '../../app/clipboard.ts';
import { NEW_SWEEP_PATH } from '../../app/places.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { FONTS } from '../../theme/tokens.ts';
import { useDifferences } from './differences.ts';
import { settingText } from './sweep-layout.ts';

const MOST_VALUES = 12;

export function ConfigTab({ sweep }: { sweep: SweepGrid }) {
  const { t } = useTranslation('sweep');
  const { recipeText, recipePath, description } = sweep;
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 5,
        gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'repeat(2, minmax(0, 1fr))' },
        alignItems: 'start',
      }}
    >
      <Box component="section" aria-labelledby="sweep-recipe" sx={{ minWidth: 0, display: 'grid', gap: 2 }}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 2 }}>
          <Typography variant="h2" id="sweep-recipe" sx={{ flex: 1 }}>
            {t('recipe')}
          </Typography>
          <Button component={RouterLink} to={`${NEW_SWEEP_PATH}?recipe=${encodeURIComponent(recipePath)}`}>
            {t('newSweepFrom')}
          </Button>
          {recipeText !== '' && (
            <Button onClick={() => void copyText(recipeText, t('recipeCopied'))}>{t('copy')}</Button>
          )}
        </Box>
        {description !== '' && <Typography>{description}</Typography>}
        <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
          {t('recipeFrom', { path: recipePath })}
        </Typography>
        {recipeText === '' ? (
          <EmptyState text={t('noRecipe')} />
        ) : (
          <Box
            component="pre"
            role="region"
            aria-label={t('recipeText')}
            tabIndex={0}
            sx={{
              ...{ m: 0, p: 3, overflow: 'auto', maxHeight: 560, typography: 'body2', fontFamily: FONTS.code },
              ...{ border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper' },
            }}
          >
            {recipeText}
          </Box>
        )}
      </Box>
      <Differences sweep={sweep} />
    </Box>
  );
}

function Differences({ sweep }: { sweep: SweepGrid }) {
  const { t } = useTranslation('sweep');
  const { data, error, refetch } = useDifferences(sweep);
  return (
    <Box component="section" aria-labelledby="sweep-differences" sx={{ minWidth: 0, overflowX: 'auto' }}>
      <Typography variant="h2" id="sweep-differences" sx={{ minHeight: 32 }}>
        {t('differences')}
      </Typography>
      {error && <LoadFailed error={error} onRetry={() => void refetch()} />}
      {!error && data === undefined && <Loading heightPx={160} />}
      {data?.length === 0 && <EmptyState text={t('noDifferences')} />}
      {data !== undefined && data.length > 0 && (
        <Table size="small" aria-labelledby="sweep-differences">
          <TableHead>
            <TableRow>
              <TableCell>{t('setting')}</TableCell>
              <TableCell>{t('values')}</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {data.map((row) => (
              <TableRow key={row.path}>
                <TableCell sx={{ fontFamily: FONTS.code, overflowWrap: 'anywhere' }}>{row.path}</TableCell>
                <TableCell sx={{ overflowWrap: 'anywhere' }}>
                  <Values row={row} />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </Box>
  );
}

function Values({ row: { values, absent } }: { row: SettingRow }) {
  const { t } = useTranslation('sweep');
  const texts = values.filter((_value, index) => absent[index] !== true).map(settingText);
  const distinct = [...new Set(texts)];
  const rest = distinct.length - MOST_VALUES;
  return [distinct.slice(0, MOST_VALUES).join(', '), ...(rest > 0 ? [t('moreValues', { count: rest })] : [])].join(' ');
}
