// The rail: the places of the studio; icons with tooltips where the window is narrow. Runs in the renderer.
import type { ReactElement } from 'react';
import AddIcon from '@mui/icons-material/Add';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import ButtonBase from '@mui/material/ButtonBase';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useTranslation } from 'react-i18next';
import { NavLink, Link as RouterLink, useLocation } from 'react-router';
import { LAYOUT } from '../theme/tokens.ts';
import { NEW_SWEEP_PATH, PLACES } from './places.ts';
import type { Place } from './places.ts';

export function useIsNarrow(): boolean {
  return useMediaQuery(`(max-width: ${LAYOUT.railNarrowBelowPx - 0.05}px)`, { noSsr: true });
}

export function Rail() {
  const { t } = useTranslation();
  const isNarrow = useIsNarrow();
  return (
    <Box
      component="nav"
      aria-label={t('mainNavigation')}
      sx={{
        width: isNarrow ? LAYOUT.railNarrowPx : LAYOUT.railPx,
        boxSizing: 'border-box',
        p: 2,
        display: 'flex',
        flexDirection: 'column',
        gap: 1,
        borderRight: 1,
        borderColor: 'divider',
        bgcolor: 'background.paper',
        overflow: 'auto',
      }}
    >
      <Named name={t('places.newSweep')} isNarrow={isNarrow}>
        <Button
          component={RouterLink}
          to={NEW_SWEEP_PATH}
          aria-label={t('places.newSweep')}
          sx={{ mb: 2, minWidth: 0, px: 2 }}
        >
          <AddIcon fontSize="small" sx={{ mr: isNarrow ? 0 : 1 }} />
          {!isNarrow && t('places.newSweep')}
        </Button>
      </Named>
      {PLACES.map((place) => (
        <RailLink key={place.name} place={place} isNarrow={isNarrow} />
      ))}
    </Box>
  );
}

function RailLink({ place: { name, path, also = [], Icon }, isNarrow }: { place: Place; isNarrow: boolean }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isAlso = also.some((start) => pathname === start || pathname.startsWith(`${start}/`));
  return (
    <Named name={t(`places.${name}`)} isNarrow={isNarrow}>
      <ButtonBase
        component={NavLink}
        to={path}
        end={path === '/'}
        className={isAlso ? 'active' : ''}
        aria-label={t(`places.${name}`)}
        sx={{
          mt: name === 'settings' ? 'auto' : 0,
          minHeight: 36,
          px: 2.5,
          gap: 2.5,
          justifyContent: isNarrow ? 'center' : 'flex-start',
          borderRadius: 1,
          color: 'text.secondary',
          borderLeft: '3px solid transparent',
          '&:hover': { bgcolor: 'studio.sunken' },
          '&.active': {
            bgcolor: 'studio.selectedRow',
            color: 'text.primary',
            borderLeftColor: 'primary.main',
            fontWeight: 600,
          },
        }}
      >
        <Icon fontSize="small" />
        {!isNarrow && (
          <Typography component="span" noWrap sx={{ fontWeight: 'inherit' }}>
            {t(`places.${name}`)}
          </Typography>
        )}
      </ButtonBase>
    </Named>
  );
}

/** A tooltip where the name is not written. */
function Named({ name, isNarrow, children }: { name: string; isNarrow: boolean; children: ReactElement }) {
  return (
    <Tooltip title={isNarrow ? name : ''} placement="right">
      {children}
    </Tooltip>
  );
}
