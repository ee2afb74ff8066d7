// Checking devices, backing up, agreeing to the CPU. Runs in the renderer.
import { useCallback, useMemo, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { announce } from '../../app/announce.ts';
import { reported } from '../../app/reported.ts';
import { showToast } from '../../app/toasts.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import { hostQueryKey } from '../../connection/query-client.ts';
import { formatFileSize } from '../../format.ts';

/** What the doctor said last. */
export const LAST_REPORT = { again: false } as const;

/** Probes the devices anew. */
export function useDeviceCheck(): { run: () => Promise<void>; isBusy: boolean } {
  const { t } = useTranslation('settings');
  const connection = useHostConnection();
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const run = useCallback(async () => {
    setBusy(true);
    await reported(async () => {
      const report = await connection.call('checkDevices', { again: true });
      client.setQueryData(hostQueryKey('checkDevices', LAST_REPORT), report);
      announce(t('checked'));
    })();
    setBusy(false);
  }, [connection, client, t]);
  return { run, isBusy };
}

export function useBackUp(): () => Promise<void> {
  const { t } = useTranslation('settings');
  const connection = useHostConnection();
  const client = useQueryClient();
  return useMemo(
    () =>
      reported(async () => {
        const { fileName, sizeBytes } = await connection.call('backUpStore', {});
        showToast(t('devices.backedUp', { name: fileName, size: formatFileSize(sizeBytes) }));
        await Promise.all([
          client.invalidateQueries({ queryKey: hostQueryKey('listBackups') }),
          client.invalidateQueries({ queryKey: hostQueryKey('checkDevices') }),
        ]);
      }),
    [connection, client, t],
  );
}

/** The user's word that the CPU may compute where the GPU cannot be used. */
export function useSetCpuAllowed(): (allowed: boolean) => Promise<void> {
  const connection = useHostConnection();
  const client = useQueryClient();
  return useMemo(
    () =>
      reported(async (allowed: boolean) => {
        await connection.call('setCpuAllowed', { allowed });
        await Promise.all([
          client.invalidateQueries({ queryKey: hostQueryKey('checkDevices') }),
          client.invalidateQueries({ queryKey: hostQueryKey('studioStatus') }),
        ]);
      }),
    [connection, client],
  );
}
