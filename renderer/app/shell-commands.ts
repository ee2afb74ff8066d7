// Commands that exist on every screen. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { PreferencesChange } from '../../contracts/preferences.ts';
import { useSetPreferences } from '../connection/preferences.ts';
import { useScheme } from './appearance.ts';
import { copyLink } from './clipboard.ts';
import { useBackUp, useDeviceCheck } from '../features/settings/studio-actions.ts';
import { EXPORT_COMMAND, useCommandRegistry, useCommands } from './commands.ts';
import type { Command } from './commands.ts';
import { NEW_SWEEP_PATH, PLACES } from './places.ts';
import { useSelection } from './selection.ts';
import { SHORTCUTS } from './shortcuts.ts';
import { redo, undo } from './undo.ts';

const APPEARANCE = [
  ['themeSystem', { theme: 'system' }],
  ['themeLight', { theme: 'light' }],
  ['themeDark', { theme: 'dark' }],
  ['languageSystem', { language: 'system' }],
  ['languageEnglish', { language: 'en' }],
  ['languageChinese', { language: 'zh' }],
  ['densityCompact', { density: 'compact' }],
  ['densityStandard', { density: 'standard' }],
  ['densityComfortable', { density: 'comfortable' }],
  ['paletteStudio', { palette: 'studio' }],
  ['paletteOkabeIto', { palette: 'okabe-ito' }],
  ['paletteTolBright', { palette: 'tol-bright' }],
] as const satisfies readonly [string, PreferencesChange][];

/** @param openPalette @param openSheet stable functions, or the commands are registered anew with each render */
export function useShellCommands(openPalette: () => void, openSheet: () => void): void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const setPreferences = useSetPreferences();
  const scheme = useScheme();
  const { run: checkDevices } = useDeviceCheck();
  const backUp = useBackUp();
  const selected = useSelection(({ ids }) => ids);
  const hasChart = useCommandRegistry(({ groups }) =>
    groups.some((group) => group.some(({ id }) => id.startsWith(EXPORT_COMMAND))),
  );
  const commands = useMemo<Command[]>(
    () => [
      { id: 'palette', section: 'do', title: t('palette.open'), keys: SHORTCUTS.palette.open, run: openPalette },
      { id: 'shortcuts', section: 'do', title: t('commands.shortcuts'), keys: SHORTCUTS.sheet.open, run: openSheet },
      {
        id: 'newSweep',
        section: 'do',
        title: t('places.newSweep'),
        keys: SHORTCUTS.newSweep.open,
        run: () => void navigate(NEW_SWEEP_PATH),
      },
      { id: 'copyLink', section: 'do', title: t('commands.copyLink'), run: () => void copyLink() },
      {
        id: 'checkDevices',
        section: 'do',
        title: t('commands.checkDevices'),
        run: () => {
          void navigate('/doctor');
          void checkDevices();
        },
      },
      { id: 'backUp', section: 'do', title: t('commands.backUp'), run: () => void backUp() },
      {
        id: 'compareSelection',
        section: 'do',
        title: t('commands.compareSelection', { count: selected.size }),
        ...(selected.size === 0 ? { disabledReason: t('commands.nothingSelected') } : {}),
        run: () =>
          void navigate(`/compare?runs=${encodeURIComponent([...selected].map(encodeURIComponent).join(','))}`),
      },
      ...(hasChart
        ? []
        : [
            {
              id: 'exportFigure',
              section: 'do' as const,
              title: t('commands.exportFigure'),
              disabledReason: t('commands.noChart'),
              run: () => undefined,
            },
          ]),
      { id: 'undo', section: 'do', title: t('commands.undo'), keys: SHORTCUTS.undo.ask, run: () => void undo() },
      { id: 'redo', section: 'do', title: t('commands.redo'), keys: SHORTCUTS.redo.ask, run: () => void redo() },
      ...PLACES.map(({ name, path, key }): Command => ({
        id: `go.${name}`,
        section: 'go',
        title: t(`places.${name}`),
        keys: `g ${key}`,
        run: () => void navigate(path),
      })),
      {
        id: 'toggleTheme',
        section: 'appearance',
        title: t('commands.toggleTheme'),
        keys: SHORTCUTS.theme.toggle,
        run: () => setPreferences({ theme: scheme === 'dark' ? 'light' : 'dark' }),
      },
      ...APPEARANCE.map(([name, change]): Command => ({
        id: name,
        section: 'appearance',
        title: t(`commands.${name}`),
        run: () => setPreferences(change),
      })),
    ],
    [t, navigate, setPreferences, scheme, checkDevices, backUp, selected, hasChart, openPalette, openSheet],
  );
  useCommands(commands, 'everywhere');
}
