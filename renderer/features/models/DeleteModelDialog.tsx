// Asks before a model's file is deleted. Runs in the renderer.
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../contracts/library.ts';
import { FreeDialog } from '../../components/FreeDialog.tsx';
import { formatFileSize } from '../../format.ts';
import { useModelActions } from './model-actions.ts';

export function DeleteModelDialog({ model, onClose }: { model: ModelEntry; onClose: () => void }) {
  const { t } = useTranslation('models');
  const { deleteFile } = useModelActions();
  const { fileName: name, path } = model;
  const size = formatFileSize(model.sizeBytes ?? 0);
  return (
    <FreeDialog
      title={t('deleteTitle', { name })}
      goes={[t('deleteGoes', { path, size })]}
      stays={[t('deleteStays')]}
      action={t('deleteFile', { size })}
      onClose={onClose}
      onFree={() => {
        onClose();
        void deleteFile(model);
      }}
    />
  );
}
