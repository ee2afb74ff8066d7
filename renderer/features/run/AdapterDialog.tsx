// Paste an adapter as a line of text, see what it is, and try it in the Playground. Runs in the renderer.
import { useDeferredValue, useState } from 'react';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { AdapterIdentity } from '../../../contracts/playground.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatFileSize } from '../../format.ts';
import { FONTS } from '../../theme/tokens.ts';

export function AdapterDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('run');
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const line = useDeferredValue(text).trim();
  const identity = useHostQuery('identifyAdapter', { text: line }, { enabled: isOpen && line !== '', gcTime: 0 });
  const found = line === '' ? undefined : identity.data;
  const canTry = found !== undefined && found.modelId !== null;
  const error = line === '' ? null : identity.error;
  return (
    <Dialog open={isOpen} onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="try-adapter">
      <DialogTitle id="try-adapter">{t('tryAdapter')}</DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 3 }}>
        <TextField
          label={t('adapterLine')}
          placeholder="tinylora1:"
          value={text}
          onChange={(event) => setText(event.target.value)}
          multiline
          minRows={3}
          maxRows={8}
          error={error !== null}
          helperText={error === null ? t('adapterHint') : errorMessage(error)}
          slotProps={{ htmlInput: { spellCheck: false, style: { fontFamily: FONTS.code } } }}
          sx={{ mt: 2 }}
        />
        {found && <Identity identity={found} />}
      </DialogContent>
      <DialogActions>
        <Button variant="text" onClick={onClose}>
          {t('close')}
        </Button>
        <Button
          disabled={!canTry}
          onClick={() => {
            onClose();
            void navigate(`/playground?${new URLSearchParams({ b: line }).toString()}`);
          }}
        >
          {t('openInPlayground')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Identity({ identity }: { identity: AdapterIdentity }) {
  const { t } = useTranslation('run');
  const { config, trainableNumbers, sizeBytes, modelReference, remedy } = identity;
  return (
    <>
      <Typography>
        {t('adapterIs', {
          kind: config.kind,
          count: trainableNumbers,
          numbers: formatCount(trainableNumbers),
          size: formatFileSize(sizeBytes),
        })}
      </Typography>
      <Typography color="textSecondary">{remedy ?? t('adapterModel', { model: modelReference ?? '' })}</Typography>
    </>
  );
}
