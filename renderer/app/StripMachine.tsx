// The strip's part about the machine: device, memory, disk, downloads. Runs in the renderer.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { GpuStatus, StudioStatus } from '../../contracts/studio.ts';
import { useHostQuery } from '../connection/hooks.ts';
import { formatFileSize, formatMemoryOf, formatRate } from '../format.ts';
import { LAYOUT } from '../theme/tokens.ts';

export function StripPart({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link
      component={RouterLink}
      to={to}
      color="inherit"
      sx={{ display: 'inline-flex', alignItems: 'center', gap: 1, minHeight: 24, minWidth: 0, overflow: 'hidden' }}
    >
      {children}
    </Link>
  );
}

/** Left out where the window is narrow. */
export function WideOnly({ children }: { children: ReactNode }) {
  return (
    <Box
      sx={{
        display: 'flex',
        alignItems: 'center',
        gap: 4,
        [`@media (max-width: ${LAYOUT.stripNarrowBelowPx - 0.05}px)`]: { display: 'none' },
      }}
    >
      {children}
    </Box>
  );
}

export function StripMachine() {
  const { t } = useTranslation();
  const status = useHostQuery('studioStatus', {}).data;
  return (
    <>
      {status?.gpus.map((gpu) => (
        <StripPart key={gpu.index} to="/doctor">
          {gpuText(gpu)}
        </StripPart>
      ))}
      {status && (status.gpus.length === 0 || status.device === 'cpu') && (
        <StripPart to="/doctor">{cpuText(status)}</StripPart>
      )}
      <WideOnly>
        {status && (
          <StripPart to="/disk">
            <Box component="span" sx={{ color: status.disk.isLow ? 'status.failed' : undefined }}>
              {t(status.disk.isLow ? 'strip.diskLow' : 'strip.disk', { size: formatFileSize(status.disk.freeBytes) })}
            </Box>
          </StripPart>
        )}
        <DownloadsPart />
      </WideOnly>
    </>
  );
}

/** `GPU 0 87% · 7.1/24.0 GiB`; what the driver does not say is left out. */
function gpuText({ index, utilisation, memoryUsedBytes, memoryTotalBytes }: GpuStatus): string {
  const memory =
    memoryUsedBytes === null || memoryTotalBytes === null ? null : formatMemoryOf(memoryUsedBytes, memoryTotalBytes);
  return withMemory(`GPU ${index}`, utilisation, memory);
}

function cpuText({ cpu, memory }: StudioStatus): string {
  return withMemory('CPU', cpu.utilisation, formatMemoryOf(memory.usedBytes, memory.totalBytes));
}

function withMemory(name: string, utilisation: number | null, memory: string | null): string {
  const head = utilisation === null ? name : `${name} ${formatRate(utilisation, 1)}`;
  return memory === null ? head : `${head} · ${memory}`;
}

/** Only while something is on its way or has failed. */
function DownloadsPart() {
  const { t } = useTranslation();
  const downloads = useHostQuery('listDownloads', {}).data ?? [];
  const active = downloads.filter(({ state }) => state === 'running' || state === 'verifying');
  const failed = downloads.filter(({ state }) => state === 'failed').length;
  if (active.length === 0 && failed === 0) return null;
  const total = active.reduce((sum, { totalBytes }) => sum + (totalBytes ?? NaN), 0);
  const received = active.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  return (
    <StripPart to="/models">
      {active.length > 0 && t('strip.downloads', { count: active.length })}
      {active.length > 0 && total > 0 && ` ${formatRate(received / total, 1)}`}
      {failed > 0 && (
        <Box component="span" sx={{ color: 'status.failed' }}>
          {t('strip.downloadsFailed', { count: failed })}
        </Box>
      )}
    </StripPart>
  );
}
