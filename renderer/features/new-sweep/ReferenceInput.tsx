// The control for a file: one of the library's, or any path. Runs in the renderer.
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import type { FieldIds } from './SettingRow.tsx';

export interface ReferenceChoice {
  reference: string;
  label: string;
  detail: string;
}

export interface ReferenceInputProps {
  choices: readonly ReferenceChoice[];
  value: string;
  ids: FieldIds;
  onChange: (reference: string | undefined) => void;
}

export function ReferenceInput({ choices, value, ids, onChange }: ReferenceInputProps) {
  return (
    <Autocomplete
      freeSolo
      size="small"
      id={ids.inputId}
      options={choices.map(({ reference }) => reference)}
      value={value}
      inputValue={value}
      onInputChange={(_event, text) => {
        if (text !== value) onChange(text === '' ? undefined : text);
      }}
      renderOption={({ key, ...props }, reference) => {
        const choice = choices.find((candidate) => candidate.reference === reference);
        return (
          <Box component="li" key={key} {...props} sx={{ display: 'block !important' }}>
            <Typography>{choice?.label}</Typography>
            <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0, overflowWrap: 'anywhere' }}>
              {choice?.detail}
            </Typography>
          </Box>
        );
      }}
      renderInput={(parameters) => <TextField {...parameters} error={ids.hasError} />}
    />
  );
}
