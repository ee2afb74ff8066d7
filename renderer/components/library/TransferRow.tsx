// A file on its way: its name, how far it is, what can be done. Runs in the renderer.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';

export interface TransferRowProps {
  name: string;
  detail: ReactNode;
  isFailed?: boolean;
  /** 0 to 1; null: unknown; left out: no bar. */
  share?: number | null;
  actions: ReactNode;
}

export function TransferRow({ name, detail, isFailed = false, share, actions }: TransferRowProps) {
  const { t } = useTranslation('models');
  return (
    <Box
      component="li"
      sx={{
        listStyle: 'none',
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        columnGap: 4,
        rowGap: 1,
        py: 2,
        borderBottom: 1,
        borderColor: 'divider',
      }}
    >
      <Box sx={{ flex: '1 1 320px', minWidth: 0 }}>
        <Typography sx={{ overflowWrap: 'anywhere' }}>{name}</Typography>
        <Typography variant="body2" color={isFailed ? 'error' : 'textSecondary'} sx={{ overflowWrap: 'anywhere' }}>
          {detail}
        </Typography>
        {share !== undefined && (
          <LinearProgress
            aria-label={t('transfers.progressOf', { name })}
            variant={share === null ? 'indeterminate' : 'determinate'}
            value={100 * (share ?? 0)}
            sx={{ mt: 1, borderRadius: 1 }}
          />
        )}
      </Box>
      <Box sx={{ display: 'flex', gap: 2 }}>{actions}</Box>
    </Box>
  );
}
