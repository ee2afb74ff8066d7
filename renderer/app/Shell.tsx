// The frame around every screen: rail, banner, content, strip, and what floats above. Runs in the renderer.
import { Suspense, useCallback, useEffect, useState } from 'react';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { useTranslation } from 'react-i18next';
import { Outlet, useNavigate } from 'react-router';
import { useConnectionStatus, useHostEvents } from '../connection/hooks.ts';
import { usePreferences } from '../connection/preferences.ts';
import { announce } from './announce.ts';
import { useAppearance } from './appearance.ts';
import { CommandPalette } from './CommandPalette.tsx';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { runLabel } from './run-names.ts';
import { useShellCommands } from './shell-commands.ts';
import { useCommandKeys } from './keys.ts';
import { useQueueCommands } from '../features/home/queue-commands.ts';
import { FileDrop } from '../components/library/FileDrop.tsx';
import { loadPagesWhenIdle } from './load-pages.ts';
import { LiveRegions } from './LiveRegions.tsx';
import { useNotifications } from './notifications.ts';
import { useNewsCollection } from './news.ts';
import { Rail } from './Rail.tsx';
import { ShortcutSheet } from './ShortcutSheet.tsx';
import { StatusStrip } from './StatusStrip.tsx';
import { Toasts } from './Toasts.tsx';

const CONTENT_ID = 'content';

export function Shell() {
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isSheetOpen, setSheetOpen] = useState(false);
  useAppearance();
  useShellCommands(
    useCallback(() => setPaletteOpen(true), []),
    useCallback(() => setSheetOpen(true), []),
  );
  useQueueCommands();
  useCommandKeys(usePreferences().singleKeyShortcuts);
  useFailureAnnouncements();
  useNewsCollection();
  useNotifications();
  useDesktopNavigation();
  const isConnected = useConnectionStatus().kind === 'open';
  // The shell appears with its first page: that one's code is there.
  useEffect(() => {
    if (isConnected) void loadPagesWhenIdle();
  }, [isConnected]);
  return (
    <Box sx={{ height: '100%', display: 'grid', gridTemplateRows: 'minmax(0, 1fr) auto' }}>
      <SkipLink />
      <Box sx={{ display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', minHeight: 0 }}>
        <Rail />
        <Box
          component="main"
          id={CONTENT_ID}
          tabIndex={-1}
          sx={{ overflow: 'auto', '&:focus-visible': { outline: 'none' } }}
        >
          <ConnectionBanner />
          <Suspense>
            <Outlet />
          </Suspense>
        </Box>
      </Box>
      <StatusStrip />
      <Toasts />
      <FileDrop />
      <LiveRegions />
      <CommandPalette isOpen={isPaletteOpen} onClose={() => setPaletteOpen(false)} />
      <ShortcutSheet isOpen={isSheetOpen} onClose={() => setSheetOpen(false)} />
    </Box>
  );
}

function SkipLink() {
  const { t } = useTranslation();
  return (
    <Link
      href={`#${CONTENT_ID}`}
      onClick={(event) => {
        // The fragment is the token's alone.
        event.preventDefault();
        document.getElementById(CONTENT_ID)?.focus();
      }}
      sx={{
        position: 'absolute',
        left: 8,
        top: -64,
        zIndex: 'tooltip',
        px: 3,
        py: 2,
        bgcolor: 'background.paper',
        '&:focus': { top: 8 },
      }}
    >
      {t('skipToContent')}
    </Link>
  );
}

/** Failures are told at once, wherever the user is. */
function useFailureAnnouncements(): void {
  const { t } = useTranslation();
  useHostEvents((events) => {
    for (const event of events) {
      if (event.type === 'runChanged' && event.run.state === 'failed') {
        announce(t('failedAnnouncement', { label: runLabel(event.run) }), 'assertive');
      }
    }
  });
}

/** Deep links, menu entries and notifications of the desktop app. */
function useDesktopNavigation(): void {
  const navigate = useNavigate();
  useEffect(() => window.desktop?.onNavigate((route) => void navigate(route)), [navigate]);
}
