// The control for one value of a setting, by the setting's kind. Runs in the renderer.
import { useState } from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { SettingField } from '../../../contracts/setting-fields.ts';
import { valueOfText } from './recipe-edits.ts';
import { fieldText } from './recipe-text.ts';
import type { FieldIds } from './SettingRow.tsx';

export interface SettingInputProps {
  field: Pick<SettingField, 'kind' | 'options' | 'nullable'>;
  value: unknown;
  ids: FieldIds;
  /** Undefined: nothing is stated any more. */
  onChange: (value: unknown) => void;
}

export function SettingInput(props: SettingInputProps) {
  const { kind, options } = props.field;
  if (kind === 'choice') return <ChoiceInput {...props} choices={options} />;
  if (kind === 'boolean') return <ChoiceInput {...props} choices={['true', 'false']} />;
  if (kind === 'list') return <ListInput {...props} />;
  return <TypedInput {...props} />;
}

function ChoiceInput({ field, value, ids, onChange, choices }: SettingInputProps & { choices: readonly string[] }) {
  const { t } = useTranslation('newSweep');
  const shown = fieldText(value);
  // A value that is no choice is shown as it is, with what is wrong below it.
  const isKnown = choices.includes(shown);
  return (
    <TextField
      select
      fullWidth
      value={shown}
      error={ids.hasError}
      onChange={({ target }) => onChange(valueOfText(field, target.value))}
      slotProps={{
        select: { native: true },
        htmlInput: { id: ids.inputId, 'aria-describedby': ids.describedBy, 'aria-invalid': ids.hasError },
      }}
    >
      {!isKnown && <option value={shown}>{shown === '' ? t('choose') : shown}</option>}
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {field.kind === 'boolean' ? t(choice === 'true' ? 'yes' : 'no') : choice}
        </option>
      ))}
    </TextField>
  );
}

function TypedInput({ field, value, ids, onChange }: SettingInputProps) {
  const { t } = useTranslation('newSweep');
  // What is typed stays as typed, `0.` or `1e-`, for as long as it means the value that is stated.
  const [typed, setTyped] = useState<string | null>(null);
  const isSame = typed !== null && Object.is(valueOf(field, typed), value ?? undefined);
  const isNumber = field.kind === 'integer' || field.kind === 'number';
  const shown = isSame ? typed : fieldText(value);
  return (
    <TextField
      fullWidth
      value={shown}
      error={ids.hasError}
      multiline={!isNumber && shown.includes('\n')}
      placeholder={field.nullable ? t('none') : undefined}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(valueOf(field, target.value));
      }}
      onBlur={() => setTyped(null)}
      slotProps={{
        htmlInput: {
          id: ids.inputId,
          inputMode: isNumber ? 'decimal' : undefined,
          autoComplete: 'off',
          spellCheck: false,
          'aria-describedby': ids.describedBy,
          'aria-invalid': ids.hasError,
        },
      }}
    />
  );
}

function valueOf(field: SettingInputProps['field'], text: string): unknown {
  return text === '' ? undefined : valueOfText(field, text);
}

function ListInput({ field, value, ids, onChange }: SettingInputProps) {
  const { t } = useTranslation('newSweep');
  const values = Array.isArray(value) ? value.map(String) : [];
  return (
    <Autocomplete
      multiple
      freeSolo={field.options.length === 0}
      size="small"
      id={ids.inputId}
      options={field.options}
      value={values}
      onChange={(_event, chosen) => onChange(chosen.length === 0 ? undefined : chosen)}
      renderInput={(parameters) => (
        <TextField
          {...parameters}
          error={ids.hasError}
          placeholder={values.length === 0 ? t(field.options.length === 0 ? 'none' : 'all') : undefined}
        />
      )}
    />
  );
}
