// Which built-in task the sweep trains on, or data of the user's own. Runs in the renderer.
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { editDraft } from './draft.ts';
import type { FormModel } from './form-model.ts';
import { taskEdits } from './recipe-edits.ts';
import { fieldText } from './recipe-text.ts';
import { FormRow } from './SettingRow.tsx';

const OWN_DATA = '';

export function TaskRow({ model: { content, tasks, errorsOf, baseValue } }: { model: FormModel }) {
  const { t } = useTranslation('newSweep');
  const stated = baseValue('task');
  const value = stated === undefined ? OWN_DATA : fieldText(stated);
  const known = tasks.find(({ name }) => name === value);
  return (
    <FormRow row="task" label={t('fields.task')} hint={known?.description ?? ''} errors={errorsOf('task')}>
      {(ids) => (
        <TextField
          select
          fullWidth
          value={value}
          error={ids.hasError}
          onChange={({ target }) =>
            editDraft(taskEdits(content, tasks, target.value === OWN_DATA ? null : target.value))
          }
          slotProps={{
            select: { native: true },
            htmlInput: { id: ids.inputId, 'aria-describedby': ids.describedBy, 'aria-invalid': ids.hasError },
          }}
        >
          <option value={OWN_DATA}>{t('ownData')}</option>
          {value !== OWN_DATA && known === undefined && <option value={value}>{value}</option>}
          {tasks.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </TextField>
      )}
    </FormRow>
  );
}
