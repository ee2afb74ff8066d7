// Theme, language and density, as the preferences say. Runs in the renderer.
import { useEffect } from 'react';
import { useColorScheme } from '@mui/material/styles';
import i18next from 'i18next';
import { usePreferences } from '../connection/preferences.ts';
import { chosenLanguage } from '../i18n/i18n.ts';
import { ROW_HEIGHT_PX } from '../theme/tokens.ts';
import type { Scheme } from '../theme/tokens.ts';

/** Applies the preferences to the document; for the shell alone. */
export function useAppearance(): void {
  const { theme, language, density } = usePreferences();
  const { setMode } = useColorScheme();
  useEffect(() => setMode(theme), [setMode, theme]);
  useEffect(() => {
    const chosen = chosenLanguage(language);
    if (i18next.language !== chosen) void i18next.changeLanguage(chosen);
  }, [language]);
  useEffect(() => {
    document.documentElement.style.setProperty('--row-height', `${ROW_HEIGHT_PX[density]}px`);
  }, [density]);
}

/** The scheme that is shown now. */
export function useScheme(): Scheme {
  const { colorScheme } = useColorScheme();
  return colorScheme === 'dark' ? 'dark' : 'light';
}
