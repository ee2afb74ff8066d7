// Cells and baselines that the recipe lists one by one: a label, and the settings in which each differs from the base.
// Runs in the renderer.
import { useId, useState } from 'react';
import AddIcon from '@mui/icons-material/Add';
import RemoveIcon from '@mui/icons-material/Close';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { editDraft } from './draft.ts';
import type { FormModel } from './form-model.ts';
import { isSettings, listOf } from './recipe-content.ts';
import { fieldText, inlineText, inlineValue } from './recipe-text.ts';

export interface CellListProps {
  listKey: 'cells' | 'baselines';
  model: FormModel;
}

export function CellList({ listKey, model }: CellListProps) {
  const { t } = useTranslation('newSweep');
  const titleId = useId();
  const cells = listOf(model.content, listKey);
  const first = listKey === 'cells' ? {} : { label: 'untrained', adapter: { kind: 'none' }, steps: 0 };
  return (
    <Box role="group" aria-labelledby={titleId} sx={{ mb: 3 }}>
      <Typography variant="h3" id={titleId}>
        {t(`lists.${listKey}`, { count: cells.length })}
      </Typography>
      <Typography variant="caption" color="textSecondary" component="p" sx={{ m: 0 }}>
        {t(`listHints.${listKey}`)}
      </Typography>
      {cells.map((cell, index) => (
        <CellRow
          key={index}
          cell={cell}
          path={[listKey, index]}
          name={`${listKey}[${index}]`}
          errors={model.errorsOf(`${listKey}[${index}]`)}
          onRemove={() => editDraft([{ path: cells.length === 1 ? [listKey] : [listKey, index] }])}
        />
      ))}
      <Button
        variant="text"
        size="small"
        startIcon={<AddIcon />}
        onClick={() => editDraft([{ path: [listKey], value: [...cells, first] }])}
      >
        {t(`addTo.${listKey}`)}
      </Button>
    </Box>
  );
}

interface CellRowProps {
  cell: unknown;
  path: readonly (string | number)[];
  name: string;
  errors: readonly string[];
  onRemove: () => void;
}

function CellRow({ cell, path, name, errors, onRemove }: CellRowProps) {
  const { t } = useTranslation('newSweep');
  const errorId = useId();
  const { label, ...settings } = isSettings(cell) ? cell : {};
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? (Object.keys(settings).length === 0 ? '' : inlineText(settings).replace(/^\{ | \}$/g, ''));
  const parsed = inlineValue(`{${text}}`)?.value;
  const problems = isSettings(parsed) ? errors : [t('notSettings'), ...errors];
  return (
    <Box data-row={name} sx={{ py: 1 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center' }}>
        <TextField
          value={fieldText(label)}
          placeholder={t('labelBySettings')}
          onChange={({ target }) =>
            editDraft([{ path: [...path, 'label'], value: target.value === '' ? undefined : target.value }])
          }
          sx={{ flex: '1 1 140px' }}
          slotProps={{ htmlInput: { 'aria-label': t('labelOf', { name }) } }}
        />
        <TextField
          value={text}
          error={problems.length > 0}
          onChange={({ target }) => {
            setTyped(target.value);
            const next = inlineValue(`{${target.value}}`)?.value;
            if (!isSettings(next)) return;
            editDraft([{ path, value: { ...(label === undefined ? {} : { label }), ...next } }]);
          }}
          onBlur={() => {
            if (isSettings(parsed)) setTyped(null);
          }}
          sx={{ flex: '3 1 280px' }}
          slotProps={{
            htmlInput: {
              className: 'code',
              spellCheck: false,
              'aria-label': t('settingsOf', { name }),
              'aria-invalid': problems.length > 0,
              'aria-describedby': errorId,
            },
          }}
        />
        <IconButton
          aria-label={t('removeOf', { name: label === undefined ? name : fieldText(label) })}
          onClick={onRemove}
        >
          <RemoveIcon fontSize="small" />
        </IconButton>
      </Box>
      <Box id={errorId}>
        {problems.map((problem) => (
          <Typography key={problem} variant="body2" sx={{ color: 'error.main', overflowWrap: 'anywhere' }}>
            {problem}
          </Typography>
        ))}
      </Box>
    </Box>
  );
}
