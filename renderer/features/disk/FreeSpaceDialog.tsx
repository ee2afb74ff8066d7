// Asks before space is freed, and frees it: of all runs that have ended, or of one. Runs in the renderer.
import { useState } from 'react';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useTranslation } from 'react-i18next';
import type { PruneKind, RunDiskUse } from '../../../contracts/library.ts';
import { runLabel } from '../../app/run-names.ts';
import { reported } from '../../app/reported.ts';
import { showToast } from '../../app/toasts.ts';
import { FreeDialog } from '../../components/FreeDialog.tsx';
import { useHostConnection } from '../../connection/hooks.ts';
import { formatFileSize } from '../../format.ts';

export interface FreeRequest {
  /** Null: all that have ended. */
  run: RunDiskUse | null;
  parts: readonly { kind: PruneKind; sizeBytes: number }[];
}

export function FreeSpaceDialog({ request: { run, parts }, onClose }: { request: FreeRequest; onClose: () => void }) {
  const { t } = useTranslation('disk');
  const connection = useHostConnection();
  const [keepEvaluations, setKeepEvaluations] = useState(true);
  const size = formatFileSize(parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  const free = reported(async () => {
    const kinds = parts.map(({ kind }) => kind);
    const runs = run === null ? null : [run.runId];
    const { freedBytes, skipped } = await connection.call('pruneDisk', { kinds, runs, keepEvaluations });
    showToast([t('freed', { size: formatFileSize(freedBytes) }), ...skipped.slice(0, 1)].join('. '));
  });
  return (
    <FreeDialog
      title={run === null ? t('freeTitle', { size }) : t('freeRunTitle', { label: runLabel(run) })}
      goes={parts.map(({ kind, sizeBytes }) =>
        t('goes', { what: t(`kinds.${kind}.what`), size: formatFileSize(sizeBytes) }),
      )}
      stays={[...parts.map(({ kind }) => t(`kinds.${kind}.stays`)), t('running')]}
      action={t('freeNow', { size })}
      onClose={onClose}
      onFree={() => {
        onClose();
        void free();
      }}
    >
      {parts.some(({ kind }) => kind === 'completions') && (
        <FormControlLabel
          control={
            <Checkbox size="small" checked={keepEvaluations} onChange={(_event, isOn) => setKeepEvaluations(isOn)} />
          }
          label={t('keepEvaluations')}
        />
      )}
    </FreeDialog>
  );
}
