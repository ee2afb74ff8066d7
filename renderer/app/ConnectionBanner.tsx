// Says that the host is gone, when it is tried again, or that a token is needed; data stays readable below.
// Runs in the renderer.
import { useEffect, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import { Banner } from '../components/Banner.tsx';
import { useConnectionStatus, useHostConnection, useHostEvents } from '../connection/hooks.ts';

export function ConnectionBanner() {
  const { t } = useTranslation();
  const connection = useHostConnection();
  const status = useConnectionStatus();
  const retryAtMs = status.kind === 'lost' ? status.retryAtMs : null;
  const seconds = useSecondsUntil(retryAtMs);
  const storageFailure = useStorageFailure();
  const tryNow = <Button onClick={() => connection.connect()}>{t('tryNow')}</Button>;
  return (
    <Box role="status" sx={{ '&:not(:empty)': { px: 6, pt: 3, display: 'grid', gap: 2 } }}>
      {status.kind === 'needsToken' && <Banner tone="warning">{t('needsToken')}</Banner>}
      {retryAtMs !== null && (
        <Banner tone="error" actions={tryNow}>
          {t('connectionLost', { seconds })}
        </Banner>
      )}
      {storageFailure !== null && <Banner tone="error">{t('storageFailed', { reason: storageFailure })}</Banner>}
    </Box>
  );
}

/** Whole seconds, counting down; 0 where there is nothing to wait for. */
function useSecondsUntil(atMs: number | null): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (atMs === null) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, [atMs]);
  return atMs === null ? 0 : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

/** What the host said when it could no longer write; null again once a run changes. */
function useStorageFailure(): string | null {
  const [message, setMessage] = useState<string | null>(null);
  useHostEvents((events: readonly HostEvent[]) => {
    for (const event of events) {
      if (event.type === 'storageFailed') setMessage(event.message);
      else if (event.type === 'runChanged') setMessage(null);
    }
  });
  return message;
}
