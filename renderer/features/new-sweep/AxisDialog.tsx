// Makes a setting a grid axis: a list, a range, a log range, a random sample; with the values that come out. Runs in the
// renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { NUMBER_KINDS, OTHER_KINDS, axisForm, axisOfForm } from './axis-form.ts';
import type { AxisForm, AxisKind, AxisOutcome } from './axis-form.ts';
import { valueText } from './setting-words.ts';

const MOST_SHOWN = 60;

export interface AxisDialogProps {
  label: string;
  /** Undefined: it is no axis yet. */
  axis: unknown;
  /** The single value that holds now. */
  current: unknown;
  kind: 'integer' | 'number' | 'other';
  onApply: (axis: unknown) => void;
  /** Missing where it is no axis yet. */
  onRemove?: (() => void) | undefined;
  onClose: () => void;
}

const FIELDS: Record<AxisKind, readonly Exclude<keyof AxisForm, 'kind' | 'list' | 'scale'>[]> = {
  list: [],
  range: ['from', 'to', 'step'],
  logRange: ['from', 'to', 'count'],
  random: ['from', 'to', 'count', 'seed'],
  choice: ['count', 'seed'],
};

export function AxisDialog({ label, axis, current, kind, onApply, onRemove, onClose }: AxisDialogProps) {
  const { t } = useTranslation('newSweep');
  const [form, setForm] = useState(() => axisForm(axis, current));
  const outcome = axisOfForm(form, kind === 'integer');
  const isSound = Object.keys(outcome.errors).length === 0;
  const kinds = kind === 'other' ? OTHER_KINDS : NUMBER_KINDS;
  const change = (part: Partial<AxisForm>) => setForm((before) => ({ ...before, ...part }));
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="axis-title">
      <Box
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isSound) onApply(outcome.axis);
        }}
      >
        <DialogTitle id="axis-title">{t('axis.title', { label })}</DialogTitle>
        <DialogContent sx={{ display: 'grid', gap: 4 }}>
          <ToggleButtonGroup
            exclusive
            size="small"
            color="primary"
            value={form.kind}
            aria-label={t('axis.kind')}
            onChange={(_event, chosen: AxisKind | null) => chosen && change({ kind: chosen })}
          >
            {kinds.map((name) => (
              <ToggleButton key={name} value={name} sx={{ textTransform: 'none' }}>
                {t(`axis.kinds.${name}`)}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          <AxisFields form={form} errors={outcome.errors} onChange={change} />
          <Outcome outcome={outcome} />
        </DialogContent>
        <DialogActions>
          {onRemove && (
            <Button onClick={onRemove} sx={{ mr: 'auto' }}>
              {t('axis.remove')}
            </Button>
          )}
          <Button onClick={onClose}>{t('axis.cancel')}</Button>
          <Button type="submit" disabled={!isSound}>
            {t('axis.apply', { count: outcome.values.length })}
          </Button>
        </DialogActions>
      </Box>
    </Dialog>
  );
}

interface AxisFieldsProps {
  form: AxisForm;
  errors: AxisOutcome['errors'];
  onChange: (part: Partial<AxisForm>) => void;
}

function AxisFields({ form, errors, onChange }: AxisFieldsProps) {
  const { t } = useTranslation('newSweep');
  return (
    <>
      {(form.kind === 'list' || form.kind === 'choice') && (
        <TextField
          autoFocus
          multiline
          minRows={4}
          maxRows={14}
          label={t('axis.list')}
          helperText={t('axis.listHint')}
          value={form.list}
          onChange={({ target }) => onChange({ list: target.value })}
          slotProps={{ htmlInput: { className: 'code', spellCheck: false } }}
        />
      )}
      <Box sx={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(112px, 1fr))', gap: 3 }}>
        {FIELDS[form.kind].map((key) => (
          <TextField
            key={key}
            label={t(`axis.${key}`)}
            value={form[key]}
            error={errors[key] !== undefined}
            helperText={form[key] === '' ? ' ' : (errors[key] ?? ' ')}
            onChange={({ target }) => onChange({ [key]: target.value })}
            slotProps={{ htmlInput: { inputMode: 'decimal', autoComplete: 'off' } }}
          />
        ))}
        {form.kind === 'random' && (
          <TextField
            select
            label={t('axis.scale')}
            value={form.scale}
            onChange={({ target }) => onChange({ scale: target.value === 'log' ? 'log' : 'linear' })}
            slotProps={{ select: { native: true }, inputLabel: { shrink: true } }}
          >
            <option value="linear">{t('axis.linear')}</option>
            <option value="log">{t('axis.log')}</option>
          </TextField>
        )}
      </Box>
    </>
  );
}

function Outcome({ outcome: { values, errors } }: { outcome: AxisOutcome }) {
  const { t } = useTranslation('newSweep');
  if (Object.keys(errors).length > 0) {
    return <Typography color="textSecondary">{errors.form ?? t('axis.incomplete')}</Typography>;
  }
  const shown = values.slice(0, MOST_SHOWN).map(valueText).join(', ');
  return (
    <Typography aria-live="polite" sx={{ overflowWrap: 'anywhere' }}>
      {t('axis.makes', { count: values.length })} {shown}
      {values.length > MOST_SHOWN && ' …'}
    </Typography>
  );
}
