// Theme, and the colours of runs with a preview of their eight slots. Runs in the renderer.
import { useId } from 'react';
import Box from '@mui/material/Box';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Preferences } from '../../../contracts/preferences.ts';
import { useScheme } from '../../app/appearance.ts';
import { usePreferences, useSetPreferences } from '../../connection/preferences.ts';
import { RUN_PALETTES, SLOT_COUNT, runMark } from '../../theme/tokens.ts';
import type { RunPalette } from '../../theme/tokens.ts';
import { MarkSwatch } from './MarkSwatch.tsx';

const THEMES = Preferences.shape.theme.unwrap().options;

export function AppearanceTab() {
  const { t } = useTranslation('settings');
  const { theme, palette } = usePreferences();
  const setPreferences = useSetPreferences();
  const themeId = useId();
  const paletteId = useId();
  return (
    <Box sx={{ display: 'grid', gap: 6, maxWidth: 640, pt: 2 }}>
      <FormControl>
        <FormLabel id={themeId}>{t('theme')}</FormLabel>
        <RadioGroup
          row
          aria-labelledby={themeId}
          value={theme}
          onChange={(_event, next) => setPreferences({ theme: next as Preferences['theme'] })}
        >
          {THEMES.map((name) => (
            <FormControlLabel key={name} value={name} control={<Radio size="small" />} label={t(`themes.${name}`)} />
          ))}
        </RadioGroup>
      </FormControl>
      <FormControl>
        <FormLabel id={paletteId}>{t('palette')}</FormLabel>
        <Typography variant="body2" color="textSecondary">
          {t('paletteHelp')}
        </Typography>
        <RadioGroup
          aria-labelledby={paletteId}
          value={palette}
          onChange={(_event, next) => setPreferences({ palette: next as RunPalette })}
        >
          {RUN_PALETTES.map((name) => (
            <Box key={name} sx={{ py: 2 }}>
              <FormControlLabel value={name} control={<Radio size="small" />} label={t(`palettes.${name}`)} />
              <Typography variant="body2" color="textSecondary">
                {t(`paletteNotes.${name}`)}
              </Typography>
              <PaletteSlots palette={name} />
            </Box>
          ))}
        </RadioGroup>
      </FormControl>
    </Box>
  );
}

function PaletteSlots({ palette }: { palette: RunPalette }) {
  const { t } = useTranslation('settings');
  const scheme = useScheme();
  return (
    <Box
      role="img"
      aria-label={t('slots', { palette: t(`palettes.${palette}`) })}
      sx={{
        mt: 1,
        p: 2,
        display: 'flex',
        flexWrap: 'wrap',
        gap: 3,
        border: 1,
        borderColor: 'divider',
        borderRadius: 1,
        bgcolor: 'background.paper',
      }}
    >
      {Array.from({ length: SLOT_COUNT }, (_slot, index) => (
        <MarkSwatch key={index} mark={runMark(index, scheme, palette)} />
      ))}
    </Box>
  );
}
