// The values of a grid axis as chips: typed and taken away one by one; a rule is shown with what it makes. Runs in the
// renderer.
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format.ts';
import { valuesOf } from './recipe-content.ts';
import { fieldText, inlineText } from './recipe-text.ts';
import { valueText } from './setting-words.ts';
import type { FieldIds } from './SettingRow.tsx';

const MOST_SHOWN = 12;

export interface AxisValuesProps {
  axis: unknown;
  label: string;
  ids: FieldIds;
  /** What a typed text means; undefined: nothing. */
  parse: (text: string) => unknown;
  /** An empty list ends the axis. */
  onChange: (values: unknown[]) => void;
  onEditRule: () => void;
}

export function AxisValues({ axis, label, ids, parse, onChange, onEditRule }: AxisValuesProps) {
  const { t } = useTranslation('newSweep');
  if (!Array.isArray(axis)) return <RuleValues axis={axis} label={label} ids={ids} onEdit={onEditRule} />;
  const values: unknown[] = axis;
  return (
    <Autocomplete
      multiple
      freeSolo
      disableClearable
      size="small"
      id={ids.inputId}
      options={[]}
      // By place, since a list may hold objects and, while it is typed, one value twice.
      value={values.map((_value, index) => String(index))}
      onChange={(_event, chosen, reason) => {
        if (reason === 'createOption') {
          const value = parse(chosen.at(-1) ?? '');
          if (value !== undefined) onChange([...values, value]);
        } else onChange(chosen.map((index) => values[Number(index)]));
      }}
      renderValue={(places, itemProps) =>
        places.map((place, index) => {
          const { key, ...props } = itemProps({ index });
          return <Chip key={key} size="small" label={valueText(values[Number(place)])} {...props} />;
        })
      }
      renderInput={(parameters) => <TextField {...parameters} error={ids.hasError} placeholder={t('axis.typeValue')} />}
    />
  );
}

function RuleValues({
  axis,
  label,
  ids,
  onEdit,
}: Pick<AxisValuesProps, 'axis' | 'label' | 'ids'> & { onEdit: () => void }) {
  const { t } = useTranslation('newSweep');
  const values = valuesOf(axis);
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, minHeight: 32 }}>
      <Button
        size="small"
        id={ids.inputId}
        onClick={onEdit}
        aria-label={t('axis.editRule', { label })}
        sx={{ whiteSpace: 'normal', textAlign: 'left' }}
      >
        {inlineText(axis)}
      </Button>
      {values !== null && (
        <Typography variant="body2" color="textSecondary">
          {t('axis.makes', { count: values.length })} {values.slice(0, MOST_SHOWN).map(fieldText).join(', ')}
          {values.length > MOST_SHOWN && ` … ${t('axis.more', { count: formatCount(values.length - MOST_SHOWN) })}`}
        </Typography>
      )}
    </Box>
  );
}
