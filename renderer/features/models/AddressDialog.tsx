// Adds a model by a hub's or web address, or by a path on the machine of the studio. Runs in the renderer.
import { useState } from 'react';
import type { FormEvent } from 'react';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../../contracts/app-error.ts';
import { showToast } from '../../app/toasts.ts';
import { useHostConnection } from '../../connection/hooks.ts';

const SHA256 = /^[0-9a-f]{64}$/i;
/** Of Unix, of a Windows drive or share. */
const ABSOLUTE_PATH = /^(\/|[a-z]:[\\/]|\\\\)/i;

export function AddressDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('models');
  const connection = useHostConnection();
  const [address, setAddress] = useState('');
  const [checksum, setChecksum] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const trimmed = address.trim();
  const sha256 = checksum.trim();
  const isChecksumWrong = sha256 !== '' && !SHA256.test(sha256);

  const submit = async () => {
    setBusy(true);
    setFailure(null);
    try {
      if (ABSOLUTE_PATH.test(trimmed)) {
        const { fileName } = await connection.call('addModel', { path: trimmed });
        showToast(t('added', { name: fileName }));
      } else {
        await connection.call('addDownload', { address: trimmed, sha256: sha256 === '' ? null : sha256 });
      }
      onClose();
    } catch (error) {
      setFailure(errorMessage(error));
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void submit();
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="address-title">
      <form onSubmit={onSubmit}>
        <DialogTitle id="address-title">{t('address.title')}</DialogTitle>
        <DialogContent sx={{ display: 'grid', gap: 4, '&&': { pt: 2 } }}>
          <TextField
            autoFocus
            label={t('address.label')}
            value={address}
            onChange={(event) => setAddress(event.target.value)}
            error={failure !== null}
            helperText={failure ?? t('address.help')}
            slotProps={{ htmlInput: { spellCheck: false, autoComplete: 'off' } }}
          />
          <TextField
            label={t('address.checksum')}
            value={checksum}
            onChange={(event) => setChecksum(event.target.value)}
            error={isChecksumWrong}
            helperText={
              isChecksumWrong ? t('address.checksumWrong', { count: sha256.length }) : t('address.checksumHelp')
            }
            slotProps={{ htmlInput: { spellCheck: false, autoComplete: 'off' } }}
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t('address.cancel')}</Button>
          <Button type="submit" variant="contained" disabled={trimmed === '' || isChecksumWrong || isBusy}>
            {t('address.add')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
