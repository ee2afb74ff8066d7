// The one question before disk space is freed for good: it names what goes and what stays. Runs in the renderer.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';

export interface FreeDialogProps {
  title: string;
  goes: readonly string[];
  stays: readonly string[];
  /** Verb, object and size. */
  action: string;
  /** Choices between the lists and the buttons. */
  children?: ReactNode;
  onFree: () => void;
  onClose: () => void;
}

export function FreeDialog({ title, goes, stays, action, children, onFree, onClose }: FreeDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="free-title">
      <DialogTitle id="free-title">{title}</DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 3 }}>
        <Sentences title={t('free.goes')} sentences={goes} />
        <Sentences title={t('free.stays')} sentences={stays} />
        {children}
        <Typography color="textSecondary">{t('free.forGood')}</Typography>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} autoFocus>
          {t('cancel')}
        </Button>
        <Button variant="contained" color="error" disabled={goes.length === 0} onClick={onFree}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Sentences({ title, sentences }: { title: string; sentences: readonly string[] }) {
  return (
    <Box component="section">
      <Typography variant="h3">{title}</Typography>
      <Box component="ul" sx={{ m: 0, pl: 5 }}>
        {sentences.map((sentence) => (
          <Typography component="li" key={sentence} sx={{ overflowWrap: 'anywhere' }}>
            {sentence}
          </Typography>
        ))}
      </Box>
    </Box>
  );
}
