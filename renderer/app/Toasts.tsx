// Draws the toasts; their clock stops while the pointer or the focus is on them. Runs in the renderer.
import { useEffect, useState } from 'react';
import CloseIcon from '@mui/icons-material/Close';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { TOAST_MS, dismissToast, useToasts } from './toasts.ts';
import type { Toast } from './toasts.ts';

export function Toasts() {
  const { t } = useTranslation();
  const toasts = useToasts((state) => state.toasts);
  if (toasts.length === 0) return null;
  return (
    <Box
      component="section"
      aria-label={t('notifications')}
      sx={{
        position: 'fixed',
        left: '50%',
        transform: 'translateX(-50%)',
        bottom: 40,
        zIndex: 'snackbar',
        display: 'grid',
        gap: 2,
        width: 'max-content',
        maxWidth: 'calc(100vw - 32px)',
      }}
    >
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </Box>
  );
}

function ToastView({ toast }: { toast: Toast }) {
  const { t } = useTranslation();
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return undefined;
    const timer = setTimeout(() => dismissToast(toast.id), TOAST_MS);
    return () => clearTimeout(timer);
  }, [isHeld, toast.id]);
  return (
    <Paper
      elevation={8}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      sx={{
        display: 'flex',
        alignItems: 'center',
        gap: 2,
        px: 3,
        py: 1,
        border: 1,
        borderColor: toast.tone === 'failure' ? 'error.main' : 'divider',
      }}
    >
      <Typography sx={{ flex: 1, overflowWrap: 'anywhere' }}>{toast.message}</Typography>
      {toast.action && (
        <Button
          variant="text"
          size="small"
          onClick={() => {
            dismissToast(toast.id);
            toast.action?.run();
          }}
        >
          {toast.action.label}
        </Button>
      )}
      <IconButton aria-label={t('dismiss')} onClick={() => dismissToast(toast.id)}>
        <CloseIcon fontSize="small" />
      </IconButton>
    </Paper>
  );
}
