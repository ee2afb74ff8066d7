// Taking models out of the library, and fetching others into it. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Download, ModelEntry } from '../../../contracts/library.ts';
import { reported } from '../../app/reported.ts';
import { offerUndo } from '../../app/undo.ts';
import { useHostConnection } from '../../connection/hooks.ts';

export interface ModelActions {
  /** Of an added model: its file stays. */
  removeLink: (model: ModelEntry) => Promise<void>;
  download: (address: string) => Promise<void>;
  pause: (download: Download) => Promise<void>;
  resume: (download: Download) => Promise<void>;
  /** The row and what has not become a model. */
  removeDownload: (download: Download) => Promise<void>;
}

export function useModelActions(): ModelActions {
  const connection = useHostConnection();
  const { t } = useTranslation('models');
  return useMemo(
    () => ({
      removeLink: reported(async ({ id, path, fileName }: ModelEntry) => {
        const remove = () => connection.call('removeModel', { id, deleteFile: false });
        await remove();
        offerUndo({
          message: t('removedFromList', { name: fileName }),
          undo: () => connection.call('addModel', { path }),
          redo: remove,
        });
      }),
      download: reported((address: string) => connection.call('addDownload', { address, sha256: null })),
      pause: reported(({ id }: Download) => connection.call('pauseDownload', { id })),
      resume: reported(({ id }: Download) => connection.call('resumeDownload', { id })),
      removeDownload: reported(async (download: Download) => {
        const { address, checksumSource, expectedSha256, state } = download;
        let { id } = download;
        const remove = () => connection.call('removeDownload', { id });
        await remove();
        if (state === 'done') return;
        offerUndo({
          message: t('transfers.cancelled', { name: downloadName(download) }),
          undo: async () => {
            const sha256 = checksumSource === 'given' ? expectedSha256 : null;
            ({ id } = await connection.call('addDownload', { address, sha256 }));
          },
          redo: remove,
        });
      }),
    }),
    [connection, t],
  );
}

/** The file's name, or the address while the hub has not said it. */
export function downloadName({ fileName, address }: Download): string {
  return fileName ?? address;
}
