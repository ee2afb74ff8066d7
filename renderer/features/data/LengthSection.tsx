// How long the prompts of a data set are. Runs in the renderer.
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { LengthHistogramChart } from '../../charts/LengthHistogramChart.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount } from '../../format.ts';
import type { PromptChoice } from './prompt-choice.ts';

const HEIGHT_PX = 300;

export function LengthSection({ id, choice }: { id: string; choice: PromptChoice }) {
  const { t } = useTranslation('data');
  const { model, prompt } = choice;
  const lengths = useHostQuery('dataSetLengths', { id, model, prompt }, { placeholderData: (before) => before });
  if (lengths.error) return <LoadFailed error={lengths.error} onRetry={() => void lengths.refetch()} />;
  if (lengths.data === undefined) return <Loading heightPx={HEIGHT_PX} />;
  const { unit, reason, rows, skippedRows, bins, median, p95, maximum } = lengths.data;
  if (rows === 0) return <Typography color="textSecondary">{t('lengths.empty')}</Typography>;
  return (
    <Box sx={{ minWidth: 0 }}>
      <LengthHistogramChart
        title={t(unit === 'tokens' ? 'lengths.title' : 'lengths.titleCharacters')}
        unit={t(`lengths.${unit}`)}
        summary={t('lengths.summary', {
          median: formatCount(median),
          p95: formatCount(p95),
          maximum: formatCount(maximum),
          unit: t(`lengths.${unit}`),
          rows: formatCount(rows),
        })}
        bins={bins}
        rows={rows}
        names={{ from: t('lengths.from'), to: t('lengths.to'), count: t('lengths.count') }}
        describeBin={({ from, to, count }) =>
          t('lengths.bin', { from: formatCount(from), to: formatCount(to), count: formatCount(count) })
        }
      />
      {skippedRows > 0 && (
        <Typography variant="body2" color="textSecondary">
          {t('lengths.skipped', { count: skippedRows, total: formatCount(skippedRows) })}
        </Typography>
      )}
      {reason !== null && (
        <Typography variant="body2" color="textSecondary">
          {t('lengths.reason')}: {reason}
        </Typography>
      )}
    </Box>
  );
}
