// Downloads and uploads: how far, how fast, what went wrong, what can be done. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { Download } from '../../../contracts/library.ts';
import { TransferRow } from '../../components/library/TransferRow.tsx';
import { UploadRows } from '../../components/library/UploadRows.tsx';
import { useUploads } from '../../components/library/uploads.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatDuration, formatFileSize } from '../../format.ts';
import { downloadName, useModelActions } from './model-actions.ts';

export function TransferTable() {
  const { t } = useTranslation('models');
  const downloads = useHostQuery('listDownloads', {}).data ?? [];
  const uploads = useUploads((state) => state.uploads);
  return (
    <Box component="section" aria-labelledby="transfers" sx={{ flexShrink: 0 }}>
      <Typography variant="h2" id="transfers">
        {t('transfers.title')}
      </Typography>
      {downloads.length + uploads.length === 0 && (
        <Typography color="textSecondary" sx={{ py: 2 }}>
          {t('transfers.none')}
        </Typography>
      )}
      <UploadRows kind="models" />
      <Box
        component="ul"
        aria-labelledby="transfers"
        sx={{ m: 0, p: 0, display: downloads.length === 0 ? 'none' : 'block' }}
      >
        {downloads.map((download) => (
          <DownloadRow key={download.id} download={download} />
        ))}
      </Box>
    </Box>
  );
}

function DownloadRow({ download }: { download: Download }) {
  const { t } = useTranslation('models');
  const { pause, resume, removeDownload } = useModelActions();
  const { state, failure, modelId } = download;
  const name = downloadName(download);
  const canGoOn = failure === null || failure.code === 'connection' || failure.code === 'storage';
  const action = (label: string, run: () => void) => (
    <Button size="small" aria-label={`${label}, ${name}`} onClick={run}>
      {label}
    </Button>
  );
  return (
    <TransferRow
      name={name}
      detail={<DownloadDetail download={download} />}
      isFailed={state === 'failed'}
      {...(state === 'done' || !canGoOn ? {} : { share: shareOf(download) })}
      actions={
        <>
          {state === 'running' && action(t('transfers.pause'), () => void pause(download))}
          {(state === 'paused' || state === 'failed') &&
            action(t(canGoOn ? 'transfers.resume' : 'transfers.again'), () => void resume(download))}
          {state === 'done' && modelId !== null && (
            <Button size="small" component={RouterLink} to={`/models/${modelId}`}>
              {t('transfers.open')}
            </Button>
          )}
          {action(
            t(state === 'done' ? 'transfers.removeRow' : 'transfers.cancel'),
            () => void removeDownload(download),
          )}
        </>
      }
    />
  );
}

/** Null: unknown, and on its way. */
function shareOf({ state, receivedBytes, totalBytes }: Download): number | null {
  if (totalBytes !== null && totalBytes > 0) return receivedBytes / totalBytes;
  return state === 'running' || state === 'verifying' ? null : 0;
}

function DownloadDetail({ download }: { download: Download }) {
  const { t } = useTranslation('models');
  const { state, failure, receivedBytes, totalBytes, bytesPerSecond, remainingMs, retries } = download;
  const received = formatFileSize(receivedBytes);
  const parts: string[] = [];
  if (state === 'failed' && failure !== null) parts.push(failureText(t, failure, received));
  else if (state === 'verifying') parts.push(t('transfers.verifying'));
  else if (state === 'paused') parts.push(t('transfers.paused', { size: received }));
  else if (state === 'done') parts.push(t('transfers.done', { size: received }));
  else if (totalBytes === null) parts.push(t('transfers.waitingForName'));
  else parts.push(t('sizeOf', { done: received, total: formatFileSize(totalBytes) }));
  if (state === 'running' && bytesPerSecond !== null) {
    parts.push(t('perSecond', { size: formatFileSize(Math.round(bytesPerSecond)) }));
  }
  if (state === 'running' && remainingMs !== null) parts.push(t('timeLeft', { time: formatDuration(remainingMs) }));
  if (retries > 0 && state !== 'done') parts.push(t('transfers.tryNumber', { number: retries + 1 }));
  if (failure === null) parts.push(checksumText(t, download));
  return parts.join(' · ');
}

type Translate = ReturnType<typeof useTranslation<'models'>>['t'];

function failureText(t: Translate, { code, message }: NonNullable<Download['failure']>, received: string): string {
  if (code === 'checksum') return t('transfers.checksumDiffers');
  if (code === 'connection' || code === 'storage') return t('transfers.stopped', { size: received, reason: message });
  return t('transfers.notAdded', { reason: message });
}

function checksumText(t: Translate, { state, checksumSource }: Download): string {
  if (checksumSource === null) return t('transfers.noChecksum');
  const isHub = checksumSource === 'hub';
  if (state === 'done') return t(isHub ? 'transfers.matchesHub' : 'transfers.matchesGiven');
  return t(isHub ? 'transfers.willCheckHub' : 'transfers.willCheckGiven');
}
