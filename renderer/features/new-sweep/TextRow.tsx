// Name and description of the sweep. Runs in the renderer.
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { editDraft } from './draft.ts';
import type { FormModel } from './form-model.ts';
import { fieldText } from './recipe-text.ts';
import { FormRow } from './SettingRow.tsx';

export function TextRow({ path, model }: { path: 'name' | 'description'; model: FormModel }) {
  const { t } = useTranslation('newSweep');
  const value = model.content[path];
  return (
    <FormRow row={path} label={t(`fields.${path}`)} errors={model.errorsOf(path)}>
      {(ids) => (
        <TextField
          fullWidth
          value={fieldText(value)}
          error={ids.hasError}
          onChange={({ target }) =>
            editDraft([
              { path: [path], value: target.value === '' && path === 'description' ? undefined : target.value },
            ])
          }
          slotProps={{
            htmlInput: {
              id: ids.inputId,
              autoComplete: 'off',
              'aria-describedby': ids.describedBy,
              'aria-invalid': ids.hasError,
            },
          }}
        />
      )}
    </FormRow>
  );
}
