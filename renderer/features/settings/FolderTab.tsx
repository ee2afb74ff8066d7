// Where the data lies, whether it is whole, and its backups. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { Backup } from '../../../contracts/studio.ts';
import { copyText } from '../../app/clipboard.ts';
import { useNow } from '../../app/now.ts';
import { Banner } from '../../components/Banner.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { SortableTable } from '../../components/SortableTable.tsx';
import type { TableColumn } from '../../components/SortableTable.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatFileSize, formatTime } from '../../format.ts';
import { LAST_REPORT, useBackUp } from './studio-actions.ts';

export function FolderTab() {
  const { t } = useTranslation('settings');
  const home = useHostQuery('hostInfo', {}).data?.home;
  return (
    <Box sx={{ display: 'grid', gap: 6, maxWidth: 800 }}>
      <Box component="section">
        <Typography variant="h2" gutterBottom>
          {t('folder.path')}
        </Typography>
        {home === undefined ? (
          <Loading heightPx={32} />
        ) : (
          <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 3 }}>
            <Typography sx={{ overflowWrap: 'anywhere' }}>
              <code>{home}</code>
            </Typography>
            <Button size="small" onClick={() => void copyText(home, t('folder.copied'))}>
              {t('folder.copyPath')}
            </Button>
            <Button size="small" component={RouterLink} to="/disk">
              {t('folder.disk')}
            </Button>
          </Box>
        )}
        <Typography variant="body2" color="textSecondary">
          {t('folder.help')}
        </Typography>
      </Box>
      <Integrity />
      <Backups />
    </Box>
  );
}

function Integrity() {
  const { t, i18n } = useTranslation('settings');
  const nowMs = useNow();
  const store = useHostQuery('checkDevices', LAST_REPORT).data?.store;
  return (
    <Box component="section">
      <Typography variant="h2" gutterBottom>
        {t('folder.integrity')}
      </Typography>
      {store === undefined && <Loading heightPx={24} />}
      {store && store.damage !== null && (
        <Banner tone="error">
          {t('devices.storeDamaged', { damage: store.damage })} {t('devices.storeRemedy')}
        </Banner>
      )}
      {store?.damage === null && (
        <Typography>
          {store.checkedAtMs === null
            ? t('devices.storeUnchecked')
            : t('folder.whole', { time: formatTime(store.checkedAtMs, nowMs, i18n.language) })}
        </Typography>
      )}
    </Box>
  );
}

function Backups() {
  const { t, i18n } = useTranslation('settings');
  const nowMs = useNow();
  const backUp = useBackUp();
  const backups = useHostQuery('listBackups', {}, { refetchOnMount: 'always' });
  const columns: TableColumn<Backup>[] = [
    {
      id: 'file',
      label: t('folder.file'),
      sortBy: ({ fileName }) => fileName,
      cell: ({ path }) => <code>{path}</code>,
    },
    {
      id: 'made',
      label: t('folder.made'),
      sortBy: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => formatTime(createdAtMs, nowMs, i18n.language),
    },
    {
      id: 'size',
      label: t('folder.size'),
      isNumber: true,
      sortBy: ({ sizeBytes }) => sizeBytes,
      cell: ({ sizeBytes }) => formatFileSize(sizeBytes),
    },
  ];
  return (
    <Box component="section">
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 3, mb: 2 }}>
        <Typography variant="h2">{t('folder.backups')}</Typography>
        <Button size="small" onClick={() => void backUp()}>
          {t('devices.backUp')}
        </Button>
      </Box>
      {backups.error && <LoadFailed error={backups.error} onRetry={() => void backups.refetch()} />}
      {backups.data?.length === 0 && <Typography color="textSecondary">{t('folder.none')}</Typography>}
      {backups.data && backups.data.length > 0 && (
        <SortableTable label={t('folder.backups')} columns={columns} rows={backups.data} rowKey={({ path }) => path} />
      )}
    </Box>
  );
}
