// A screen: its place, its title with the one h1, its actions, its content. Runs in the renderer.
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import LinkIcon from '@mui/icons-material/Link';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Link from '@mui/material/Link';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink, useLocation } from 'react-router';
import { copyLink } from './clipboard.ts';

export interface Crumb {
  label: string;
  to: string;
}

export interface PageProps {
  title: string;
  /** Places above this one, from the root; none on the places of the rail. */
  crumbs?: readonly Crumb[];
  /** Beside the title: counts, state. */
  titleDetail?: ReactNode;
  /** Top right; at most one of them is a filled button. */
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, crumbs = [], titleDetail, actions, children }: PageProps) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = `${title} – tinylora-studio`;
  }, [title]);
  // A new place is read from its title on; changes in the query are the same place.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [pathname]);
  return (
    <Box sx={{ p: 6, display: 'flex', flexDirection: 'column', gap: 4, minHeight: '100%', boxSizing: 'border-box' }}>
      <Box component="header" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 3, rowGap: 2 }}>
        {crumbs.length > 0 && (
          <Box component="nav" aria-label={t('breadcrumb')} sx={{ flexBasis: '100%', display: 'flex', gap: 2 }}>
            {crumbs.map(({ label, to }) => (
              <Typography key={to} variant="body2" color="textSecondary">
                <Link component={RouterLink} to={to} color="inherit">
                  {label}
                </Link>
                {' /'}
              </Typography>
            ))}
          </Box>
        )}
        <Typography
          variant="h1"
          ref={heading}
          tabIndex={-1}
          sx={{ overflowWrap: 'anywhere', '&:focus-visible': { outline: 'none' } }}
        >
          {title}
        </Typography>
        <Tooltip title={t('copyLink')}>
          <IconButton aria-label={t('copyLink')} onClick={() => void copyLink()}>
            <LinkIcon fontSize="small" />
          </IconButton>
        </Tooltip>
        {titleDetail}
        <Box sx={{ flex: 1 }} />
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2 }}>{actions}</Box>
      </Box>
      {children}
    </Box>
  );
}
