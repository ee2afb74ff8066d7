// Asks before a model's file is deleted, and deletes it. Runs in the renderer.
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../contracts/library.ts';
import { reported } from '../../app/reported.ts';
import { showToast } from '../../app/toasts.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import { formatFileSize } from '../../format.ts';
import { FreeDialog } from '../FreeDialog.tsx';

/** @param model of the data folder's own */
export function DeleteModelDialog({ model, onClose }: { model: ModelEntry; onClose: () => void }) {
  const { t } = useTranslation('models');
  const connection = useHostConnection();
  const { id, fileName: name, path } = model;
  const size = formatFileSize(model.sizeBytes ?? 0);
  const deleteFile = reported(async () => {
    const { freedBytes } = await connection.call('removeModel', { id, deleteFile: true });
    showToast(t('deleted', { name, size: formatFileSize(freedBytes) }));
  });
  return (
    <FreeDialog
      title={t('deleteTitle', { name })}
      goes={[t('deleteGoes', { path, size })]}
      stays={[t('deleteStays')]}
      action={t('deleteFile', { size })}
      onClose={onClose}
      onFree={() => {
        onClose();
        void deleteFile();
      }}
    />
  );
}
