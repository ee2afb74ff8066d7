// Who answers, from which model, with which seed, temperature, length and template. Runs in the renderer.
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { ModelSelect } from '../../components/library/ModelSelect.tsx';
import type { PlaygroundSettings, TemplateName } from './settings.ts';
import { SidePicker } from './SidePicker.tsx';
import type { Side } from './sides.ts';

export interface PlaygroundControlsProps {
  sides: readonly Side[];
  model: { value: string; set: (reference: string) => void; isLocked: boolean };
  settings: PlaygroundSettings;
  template: { value: TemplateName; set: (template: TemplateName) => void; hasTask: boolean };
}

export function PlaygroundControls({ sides, model, settings, template }: PlaygroundControlsProps) {
  const { t } = useTranslation('playground');
  const templates: readonly TemplateName[] = template.hasTask ? ['task', 'chat', 'plain'] : ['chat', 'plain'];
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 3, alignItems: 'flex-start' }}>
      {sides.map((side) => (
        <SidePicker key={side.name} side={side} />
      ))}
      <ModelSelect
        label={t('model')}
        value={model.value}
        onChange={model.set}
        lockedReason={model.isLocked ? t('modelLocked') : undefined}
      />
      {(['seed', 'temperature', 'maxTokens'] as const).map((name) => (
        <TextField
          key={name}
          label={t(name)}
          value={settings[name].text}
          error={settings[name].isWrong}
          onChange={(event) => settings[name].set(event.target.value)}
          slotProps={{ htmlInput: { inputMode: 'decimal' } }}
          sx={{ width: 104 }}
        />
      ))}
      <TextField
        select
        label={t('template')}
        value={template.value}
        onChange={(event) => template.set(event.target.value as TemplateName)}
        sx={{ minWidth: 140 }}
      >
        {templates.map((name) => (
          <MenuItem key={name} value={name}>
            {t(`templates.${name}`)}
          </MenuItem>
        ))}
      </TextField>
    </Box>
  );
}
