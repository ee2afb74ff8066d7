// Settings and doctor: preferences, devices, data folder, shortcuts. Runs in the renderer.
import { useMemo } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { copyText } from '../../app/clipboard.ts';
import { useCommands } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { useQueryState } from '../../app/query-state.ts';
import { reported } from '../../app/reported.ts';
import { ShortcutList } from '../../app/ShortcutSheet.tsx';
import { useHostConnection } from '../../connection/hooks.ts';
import { AppearanceTab } from './AppearanceTab.tsx';
import { DevicesTab } from './DevicesTab.tsx';
import { FolderTab } from './FolderTab.tsx';
import { GeneralTab } from './GeneralTab.tsx';
import { useBackUp, useDeviceCheck } from './studio-actions.ts';

const TABS = ['general', 'appearance', 'devices', 'folder', 'shortcuts'] as const;
type TabName = (typeof TABS)[number];

const PANELS: Record<TabName, () => React.ReactNode> = {
  general: () => <GeneralTab />,
  appearance: () => <AppearanceTab />,
  devices: () => <DevicesTab />,
  folder: () => <FolderTab />,
  shortcuts: () => (
    <Box sx={{ maxWidth: 640 }}>
      <ShortcutList />
    </Box>
  ),
};

export function SettingsPage() {
  const { t } = useTranslation('settings');
  const isDoctor = useLocation().pathname === '/doctor';
  const [tab, setTab] = useQueryState<TabName>('tab', isDoctor ? 'devices' : 'general');
  const shown = TABS.includes(tab) ? tab : 'general';
  const check = useDeviceCheck();
  const copyDiagnostics = useCopyDiagnostics();
  useSettingsCommands(check.run, copyDiagnostics);
  return (
    <Page
      title={t(isDoctor ? 'doctor' : 'title')}
      actions={
        <>
          <Button onClick={() => void copyDiagnostics()}>{t('copyDiagnostics')}</Button>
          <Button variant="contained" onClick={() => void check.run()} disabled={check.isBusy}>
            {t(check.isBusy ? 'checking' : 'checkAgain')}
          </Button>
        </>
      }
    >
      <Tabs
        value={shown}
        onChange={(_event, next: TabName) => setTab(next)}
        variant="scrollable"
        aria-label={t('sections')}
        sx={{ borderBottom: 1, borderColor: 'divider', flexShrink: 0 }}
      >
        {TABS.map((name) => (
          <Tab
            key={name}
            value={name}
            label={t(`tabs.${name}`)}
            id={`settings-tab-${name}`}
            aria-controls={`settings-panel-${name}`}
          />
        ))}
      </Tabs>
      <Box role="tabpanel" id={`settings-panel-${shown}`} aria-labelledby={`settings-tab-${shown}`}>
        {PANELS[shown]()}
      </Box>
    </Page>
  );
}

function useCopyDiagnostics(): () => Promise<void> {
  const { t } = useTranslation('settings');
  const connection = useHostConnection();
  return useMemo(
    () =>
      reported(async () => {
        const { text } = await connection.call('diagnostics', {});
        await copyText(text, t('diagnosticsCopied'));
      }),
    [connection, t],
  );
}

function useSettingsCommands(check: () => Promise<void>, copyDiagnostics: () => Promise<void>): void {
  const { t } = useTranslation('settings');
  const backUp = useBackUp();
  const commands = useMemo(
    () => [
      { id: 'devices.check', section: 'do' as const, title: t('checkAgain'), run: () => void check() },
      {
        id: 'diagnostics.copy',
        section: 'do' as const,
        title: t('copyDiagnostics'),
        run: () => void copyDiagnostics(),
      },
      { id: 'store.backUp', section: 'do' as const, title: t('devices.backUp'), run: () => void backUp() },
    ],
    [t, check, copyDiagnostics, backUp],
  );
  useCommands(commands);
}
