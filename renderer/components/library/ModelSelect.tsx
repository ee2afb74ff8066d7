// Chooses one of the models that can read text. Runs in the renderer.
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import type { ModelEntry } from '../../../contracts/library.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { modelName } from './model-name.ts';

export interface ModelSelectProps {
  label: string;
  /** A model's reference. */
  value: string;
  onChange: (reference: string) => void;
  /** Why another cannot be chosen now. */
  lockedReason?: string | undefined;
}

export function ModelSelect({ label, value, onChange, lockedReason }: ModelSelectProps) {
  const models = useReadingModels();
  const options = models.some(({ reference }) => reference === value) ? models : [];
  return (
    <TextField
      select
      label={label}
      value={options.length === 0 ? '' : value}
      onChange={(event) => onChange(event.target.value)}
      disabled={lockedReason !== undefined}
      helperText={lockedReason}
      sx={{ minWidth: 200 }}
    >
      {models.map((model) => (
        <MenuItem key={model.id} value={model.reference}>
          {modelName(model)}
        </MenuItem>
      ))}
    </TextField>
  );
}

/** Models with a tokenizer, the built-in ones first. */
export function useReadingModels(): ModelEntry[] {
  const models = useHostQuery('listModels', {}).data ?? [];
  return models.filter(({ inspection }) => inspection?.hasTokenizer ?? false);
}
