// Models that are offered for download. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import { useHostQuery } from '../../connection/hooks.ts';
import { useModelActions } from './model-actions.ts';

export function StarterModels() {
  const { t } = useTranslation('models');
  const starters = useHostQuery('listStarterModels', {}).data ?? [];
  const downloads = useHostQuery('listDownloads', {}).data ?? [];
  const { download } = useModelActions();
  if (starters.length === 0) return null;
  return (
    <Box component="section" aria-labelledby="starter-models" sx={{ flexShrink: 0 }}>
      <Typography variant="h2" id="starter-models">
        {t('starters')}
      </Typography>
      {starters.map(({ name, description, source, licence, address, modelId }) => (
        <Box key={address} sx={{ display: 'flex', alignItems: 'center', gap: 4, py: 2 }}>
          <Box sx={{ flex: 1, minWidth: 0 }}>
            <Typography sx={{ fontWeight: 600 }}>{name}</Typography>
            <Typography color="textSecondary">{t('starterText', { description, source, licence })}</Typography>
          </Box>
          {modelId !== null && (
            <Link component={RouterLink} to={`/models/${modelId}`} noWrap>
              {t('starterHere')}
            </Link>
          )}
          {modelId === null && (
            <Button
              aria-label={t('downloadNamed', { name })}
              disabled={downloads.some((known) => known.address === address && known.state !== 'done')}
              onClick={() => void download(address)}
            >
              {t('download')}
            </Button>
          )}
        </Box>
      ))}
    </Box>
  );
}
