// A strip that says what is wrong, what is safe and what to do. Runs in the renderer.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';

export interface BannerProps {
  tone: 'warning' | 'error' | 'good';
  children: ReactNode;
  actions?: ReactNode;
}

export function Banner({ tone, children, actions }: BannerProps) {
  return (
    <Box
      sx={{
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        gap: 3,
        px: 4,
        py: 2,
        bgcolor: `banner.${tone}`,
        borderRadius: 1,
        color: 'text.primary',
      }}
    >
      <Typography sx={{ flex: '1 1 240px' }}>{children}</Typography>
      {actions}
    </Box>
  );
}
