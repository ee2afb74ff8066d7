// One line for each device: usable, or why not; the doctor says what mends it. Runs in the renderer.
import UsableIcon from '@mui/icons-material/CheckCircle';
import UnusableIcon from '@mui/icons-material/ReportProblemOutlined';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { VISUALLY_HIDDEN } from '../../theme/visually-hidden.ts';

export function DeviceLines() {
  const { t } = useTranslation('home');
  const report = useHostQuery('checkDevices', { again: false });
  if (report.error) return <LoadFailed error={report.error} onRetry={() => void report.refetch()} />;
  if (report.data === undefined) return <Loading heightPx={56} />;
  return (
    <Box component="ul" aria-label={t('devices')} sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1 }}>
      {report.data.devices.map(({ name, description, usable, reason }) => (
        <Box component="li" key={name} sx={{ display: 'flex', gap: 2 }}>
          {usable ? (
            <UsableIcon aria-hidden sx={{ fontSize: 16, mt: 0.5, color: 'status.done' }} />
          ) : (
            <UnusableIcon aria-hidden sx={{ fontSize: 16, mt: 0.5, color: 'status.paused' }} />
          )}
          <Box component="span" sx={VISUALLY_HIDDEN}>
            {t(usable ? 'deviceUsable' : 'deviceNotUsable')}
          </Box>
          <Typography component="span">
            <strong>{name}</strong> {usable ? description : reason}
          </Typography>
        </Box>
      ))}
      <Box component="li">
        <Link component={RouterLink} to="/doctor">
          {t('checkDevices')}
        </Link>
      </Box>
    </Box>
  );
}
