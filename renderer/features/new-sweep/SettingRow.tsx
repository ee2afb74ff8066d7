// One setting of the form: label and unit, its value or the values of its axis, where the default comes from, what is
// wrong. Runs in the renderer.
import { useId } from 'react';
import type { ReactNode } from 'react';
import AddIcon from '@mui/icons-material/Add';
import ResetIcon from '@mui/icons-material/Undo';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';

export interface FormRowProps {
  /** Where problems of the recipe are shown, e.g. `adapter.nTie`. */
  row: string;
  label: string;
  unit?: string | null;
  /** The field is as wide as a number. */
  isNarrow?: boolean;
  /** Under the field. */
  hint?: string;
  errors: readonly string[];
  /** Gets the ids that tie a field to its label and to what is said about it. */
  children: (ids: FieldIds) => ReactNode;
  /** Beside the field. */
  actions?: ReactNode;
}

export interface FieldIds {
  inputId: string;
  labelId: string;
  describedBy: string;
  hasError: boolean;
}

export function FormRow({ row, label, unit, isNarrow = false, hint = '', errors, children, actions }: FormRowProps) {
  const id = useId();
  const ids = {
    inputId: `${id}-input`,
    labelId: `${id}-label`,
    describedBy: `${id}-hint`,
    hasError: errors.length > 0,
  };
  return (
    <Box
      data-row={row}
      sx={{
        display: 'grid',
        gridTemplateColumns: { xs: 'minmax(120px, 176px) minmax(0, 1fr)' },
        columnGap: 3,
        py: 1,
        alignItems: 'start',
      }}
    >
      <Box sx={{ pt: 1.5, minWidth: 0 }}>
        <Typography component="label" id={ids.labelId} htmlFor={ids.inputId} sx={{ overflowWrap: 'anywhere' }}>
          {label}
        </Typography>
        {unit && !label.toLowerCase().includes(unit) && (
          <Typography component="span" variant="caption" color="textSecondary">
            {' '}
            {unit}
          </Typography>
        )}
      </Box>
      <Box sx={{ minWidth: 0 }}>
        <Box sx={{ display: 'flex', alignItems: 'flex-start', gap: 1 }}>
          <Box sx={{ flex: '1 1 auto', minWidth: 0, maxWidth: isNarrow ? 200 : 520 }}>{children(ids)}</Box>
          {actions}
        </Box>
        <Box id={ids.describedBy}>
          {errors.map((error) => (
            <Typography key={error} variant="body2" sx={{ color: 'error.main', overflowWrap: 'anywhere' }}>
              {error}
            </Typography>
          ))}
          {hint !== '' && (
            <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0 }}>
              {hint}
            </Typography>
          )}
        </Box>
      </Box>
    </Box>
  );
}

export interface RowActionsProps {
  label: string;
  /** Opens the choice of values; missing where a setting cannot be an axis. */
  onAxis?: () => void;
  /** Back to the default; missing where nothing is stated. */
  onReset?: () => void;
}

export function RowActions({ label, onAxis, onReset }: RowActionsProps) {
  const { t } = useTranslation('newSweep');
  return (
    <>
      {onAxis && (
        <Tooltip title={t('axis.add')}>
          <IconButton aria-label={t('axis.addTo', { label })} onClick={onAxis} sx={{ mt: 0.5 }}>
            <AddIcon fontSize="small" />
          </IconButton>
        </Tooltip>
      )}
      {onReset && (
        <Tooltip title={t('reset')}>
          <IconButton aria-label={t('resetOf', { label })} onClick={onReset} sx={{ mt: 0.5 }}>
            <ResetIcon fontSize="small" />
          </IconButton>
        </Tooltip>
      )}
    </>
  );
}
