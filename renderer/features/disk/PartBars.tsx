// The parts of the data folder, each with a bar of its share. Runs in the renderer.
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { DiskUse } from '../../../contracts/library.ts';
import { formatFileSize } from '../../format.ts';

export function PartBars({ use }: { use: DiskUse }) {
  const { t } = useTranslation('disk');
  const parts = use.parts.toSorted((one, other) => other.sizeBytes - one.sizeBytes);
  const total = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (
    <Box component="section" aria-labelledby="disk-parts">
      <Typography variant="h2" id="disk-parts" gutterBottom>
        {t('parts.title')}
      </Typography>
      <Box component="dl" sx={{ m: 0, display: 'grid', gap: 2 }}>
        {parts.map(({ kind, sizeBytes }) => (
          <Box
            key={kind}
            sx={{
              display: 'grid',
              gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 5fr) 88px',
              columnGap: 3,
              alignItems: 'center',
            }}
          >
            <Typography component="dt">{t(`parts.${kind}`)}</Typography>
            <Box component="dd" sx={{ m: 0, display: 'contents' }}>
              <Box aria-hidden sx={{ height: 8, borderRadius: 1, bgcolor: 'studio.sunken' }}>
                <Box
                  sx={{
                    height: '100%',
                    borderRadius: 1,
                    bgcolor: 'primary.main',
                    width: `${total === 0 ? 0 : (100 * sizeBytes) / total}%`,
                  }}
                />
              </Box>
              <Typography component="span" sx={{ textAlign: 'right' }}>
                {formatFileSize(sizeBytes)}
              </Typography>
            </Box>
          </Box>
        ))}
        <Box sx={{ display: 'flex', justifyContent: 'space-between', fontWeight: 600 }}>
          <Typography component="dt" sx={{ fontWeight: 600 }}>
            {t('parts.total')}
          </Typography>
          <Typography component="dd" sx={{ m: 0, fontWeight: 600 }}>
            {formatFileSize(total)}
          </Typography>
        </Box>
      </Box>
    </Box>
  );
}
