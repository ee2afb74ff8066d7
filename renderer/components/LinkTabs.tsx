// Sections of a place that have addresses of their own, as a row of links. Runs in the renderer.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { NavLink } from 'react-router';

export interface LinkTab {
  label: string;
  to: string;
}

export function LinkTabs({ label, tabs }: { label: string; tabs: readonly LinkTab[] }) {
  return (
    <Box
      component="nav"
      aria-label={label}
      sx={{ display: 'flex', gap: 1, borderBottom: 1, borderColor: 'divider', overflowX: 'auto', flexShrink: 0 }}
    >
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          component={NavLink}
          to={tab.to}
          underline="none"
          sx={{
            px: 3,
            py: 2,
            whiteSpace: 'nowrap',
            color: 'text.secondary',
            borderBottom: '2px solid transparent',
            '&:hover': { color: 'text.primary' },
            '&:focus-visible': { outlineOffset: '-2px' },
            '&.active': { color: 'primary.main', borderColor: 'primary.main', fontWeight: 600 },
          }}
        >
          {tab.label}
        </Link>
      ))}
    </Box>
  );
}
