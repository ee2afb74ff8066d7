// Files on their way from this browser, and those that did not arrive. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { formatFileSize } from '../../format.ts';
import { useFileAdder } from './add-files.ts';
import { TransferRow } from './TransferRow.tsx';
import { dismissUpload, useUploads } from './uploads.ts';
import type { Upload, UploadKind } from './uploads.ts';

/** Uploads of one kind under way or failed; nothing where there are none. */
export function UploadRows({ kind }: { kind: UploadKind }) {
  const { t } = useTranslation('models');
  const uploads = useUploads((state) => state.uploads).filter((upload) => upload.kind === kind);
  if (uploads.length === 0) return null;
  return (
    <Box component="ul" aria-label={t('transfers.uploading')} sx={{ m: 0, p: 0 }}>
      {uploads.map((upload) => (
        <UploadRow key={upload.id} upload={upload} />
      ))}
    </Box>
  );
}

function UploadRow({ upload: { id, file, sentBytes, failure, stop } }: { upload: Upload }) {
  const { t } = useTranslation('models');
  const { addFiles } = useFileAdder();
  if (failure !== null) {
    const again = () => {
      dismissUpload(id);
      void addFiles([file]);
    };
    return (
      <TransferRow
        name={file.name}
        detail={t('transfers.uploadFailed', { reason: failure })}
        isFailed
        actions={
          <>
            <Button size="small" onClick={again}>
              {t('transfers.uploadAgain')}
            </Button>
            <Button size="small" onClick={() => dismissUpload(id)}>
              {t('transfers.dismiss')}
            </Button>
          </>
        }
      />
    );
  }
  return (
    <TransferRow
      name={file.name}
      detail={`${t('transfers.uploading')} · ${t('sizeOf', { done: formatFileSize(sentBytes), total: formatFileSize(file.size) })}`}
      share={file.size === 0 ? null : sentBytes / file.size}
      actions={
        <Button size="small" onClick={stop}>
          {t('transfers.cancel')}
        </Button>
      }
    />
  );
}
