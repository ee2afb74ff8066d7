// Changes the main settings of a run that waits and has never started; it keeps its place. Runs in the renderer.
import { useState } from 'react';
import type { FormEvent } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { QueueEntry } from '../../../contracts/queue.ts';
import type { RunConfig } from '../../../contracts/run-config.ts';
import { NEW_SWEEP_PATH } from '../../app/places.ts';
import { runLabel } from '../../app/run-names.ts';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatSetting } from '../../format.ts';
import { editedConfig, mainFields } from './edit-run.ts';
import type { MainSetting } from './edit-run.ts';
import type { QueueActions } from '../../components/queue/queue-actions.ts';

interface EditRunDialogProps {
  run: QueueEntry['run'];
  actions: QueueActions;
  onClose: () => void;
}

const FORM_HEIGHT_PX = 320;

export function EditRunDialog({ run, actions, onClose }: EditRunDialogProps) {
  const { t } = useTranslation('home');
  const detail = useHostQuery('showRun', { id: run.id, completions: 0 });
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="edit-run-title">
      <DialogTitle id="edit-run-title">{t('editTitle', { name: `r${run.number} ${runLabel(run)}` })}</DialogTitle>
      {detail.data ? (
        <EditForm
          config={detail.data.config}
          allSettings={`${NEW_SWEEP_PATH}?from=r${run.number}`}
          onClose={onClose}
          onSave={(config) => {
            onClose();
            void actions.edit(run, detail.data.config, config);
          }}
        />
      ) : (
        <DialogContent>
          {detail.error ? (
            <LoadFailed error={detail.error} onRetry={() => void detail.refetch()} />
          ) : (
            <Loading heightPx={FORM_HEIGHT_PX} onCancel={onClose} />
          )}
        </DialogContent>
      )}
    </Dialog>
  );
}

interface EditFormProps {
  config: RunConfig;
  /** Address of the form that has every setting. */
  allSettings: string;
  onSave: (config: RunConfig) => void;
  onClose: () => void;
}

function EditForm({ config, allSettings, onSave, onClose }: EditFormProps) {
  const { t } = useTranslation('home');
  const [texts, setTexts] = useState<Partial<Record<MainSetting, string>>>({});
  const edited = editedConfig(config, texts);
  const problems = edited.problems === null ? 0 : Object.keys(edited.problems).length;
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (edited.config !== null) onSave(edited.config);
  };
  return (
    <Box component="form" noValidate onSubmit={save}>
      <DialogContent
        sx={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(220px, 1fr))', gap: 4, pt: 2 }}
      >
        {mainFields(config).map(({ path, default: fallback }) => {
          const problem = edited.problems?.[path];
          const hint = typeof fallback === 'number' ? t('defaultIs', { value: formatSetting(fallback) }) : ' ';
          return (
            <TextField
              key={path}
              label={path}
              value={texts[path] ?? String(config[path])}
              error={problem !== undefined}
              helperText={problem ?? hint}
              slotProps={{ htmlInput: { inputMode: 'decimal' } }}
              onChange={(event) => setTexts({ ...texts, [path]: event.target.value })}
            />
          );
        })}
      </DialogContent>
      <DialogActions>
        <Button variant="text" component={RouterLink} to={allSettings} sx={{ mr: 'auto' }}>
          {t('newSweepFromRun')}
        </Button>
        <Button onClick={onClose}>{t('keepAsItIs')}</Button>
        <Button variant="contained" type="submit" aria-disabled={problems > 0}>
          {problems > 0 ? t('fixFields', { count: problems }) : t('saveRun')}
        </Button>
      </DialogActions>
    </Box>
  );
}
