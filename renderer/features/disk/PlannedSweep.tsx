// What the missing cells of a recipe will take on disk. Runs in the renderer.
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { SweepPlan } from '../../../contracts/sweep-report.ts';
import { useQueryState } from '../../app/query-state.ts';
import { Banner } from '../../components/Banner.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatFileSize } from '../../format.ts';

/** As many as the host estimates at once. */
const MOST_CELLS = 5000;

export function PlannedSweep() {
  const { t } = useTranslation('disk');
  const recipes = (useHostQuery('listRecipes', {}).data ?? []).filter(({ problem }) => problem === null);
  const [name, setName] = useQueryState<string>('recipe', '');
  const recipe = recipes.find((one) => one.name === name);
  return (
    <Box component="section" aria-labelledby="disk-planned" sx={{ flexShrink: 0, display: 'grid', gap: 2 }}>
      <Typography variant="h2" id="disk-planned">
        {t('planned.title')}
      </Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 4 }}>
        <TextField
          select
          label={t('planned.recipe')}
          value={recipe?.name ?? ''}
          onChange={(event) => setName(event.target.value)}
          sx={{ minWidth: 240 }}
        >
          {recipes.map((one) => (
            <MenuItem key={one.path} value={one.name}>
              {one.name}
            </MenuItem>
          ))}
        </TextField>
        {recipe === undefined ? (
          <Typography color="textSecondary">{t('planned.choose')}</Typography>
        ) : (
          <Plan key={recipe.path} recipePath={recipe.path} />
        )}
      </Box>
    </Box>
  );
}

function Plan({ recipePath }: { recipePath: string }) {
  const plan = useHostQuery('planSweep', { recipePath });
  if (plan.error) return <LoadFailed error={plan.error} onRetry={() => void plan.refetch()} />;
  return plan.data === undefined ? <Loading heightPx={32} /> : <Need plan={plan.data} />;
}

function Need({ plan }: { plan: SweepPlan }) {
  const { t } = useTranslation('disk');
  const missing = plan.cells.filter(({ status }) => status !== 'done').slice(0, MOST_CELLS);
  const cells = missing.map(({ config }) => config);
  const estimate = useHostQuery('estimateDisk', { cells }, { enabled: cells.length > 0 });
  const all = formatCount(plan.cells.length);
  if (cells.length === 0) return <Typography>{t('planned.done', { all })}</Typography>;
  if (estimate.error) return <LoadFailed error={estimate.error} onRetry={() => void estimate.refetch()} />;
  if (estimate.data === undefined) return <Loading heightPx={32} />;
  const { sizeBytes, freeBytes, likeRuns } = estimate.data;
  const size = sizeBytes === null ? t('planned.unknown') : formatFileSize(Math.round(sizeBytes));
  const missingBytes = (sizeBytes ?? 0) - freeBytes;
  return (
    <Box role="status">
      <Typography>
        {t('planned.needs', { size, cells: formatCount(cells.length), all, free: formatFileSize(freeBytes) })}{' '}
        {likeRuns > 0 ? t('planned.likeRuns', { count: likeRuns }) : t('planned.fromSettings')}
      </Typography>
      {missingBytes > 0 && (
        <Banner tone="warning">{t('planned.tooLittle', { size: formatFileSize(Math.round(missingBytes)) })}</Banner>
      )}
    </Box>
  );
}
