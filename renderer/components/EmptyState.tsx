// What a place without content says, and what to do first. Runs in the renderer.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';

export function EmptyState({ text, actions }: { text: string; actions?: ReactNode }) {
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 3, py: 3 }}>
      <Typography color="textSecondary">{text}</Typography>
      {actions}
    </Box>
  );
}
