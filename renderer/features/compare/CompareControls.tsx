// How runs are grouped, averaged, read and coloured. Runs in the renderer.
import AddIcon from '@mui/icons-material/Add';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { Choice } from '../../components/Choice.tsx';
import { AGGREGATES } from './compare-state.ts';
import type { CompareState, CurvePlace } from './compare-state.ts';

export interface CompareControlsProps {
  state: CompareState;
  /** Settings to group and colour by. */
  paths: readonly string[];
  /** Null where each side has a colour of its own. */
  colourBy: string | null;
  onAdd: () => void;
}

const PLACES = ['last', 'best', 'step'] as const;

export function CompareControls({ state, paths, colourBy, onAdd }: CompareControlsProps) {
  const { t } = useTranslation('compare');
  const { grouping, aggregate, place } = state;
  const grouped = [...new Set(['none', 'seeds', 'numbers', ...paths, grouping])];
  const word = (path: string) =>
    path === 'none' || path === 'seeds' || path === 'numbers' ? t(`groups.${path}`) : path;
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 3 }}>
      <Button variant="text" startIcon={<AddIcon fontSize="small" />} aria-haspopup="dialog" onClick={onAdd}>
        {t('add')}
      </Button>
      <Choice label={t('group')} value={grouping} choices={grouped} text={word} onChange={state.setGrouping} />
      <Choice
        label={t('average')}
        value={aggregate}
        choices={AGGREGATES}
        text={(choice) => t(`aggregates.${choice}`)}
        onChange={state.setAggregate}
      />
      <Choice
        label={t('curveAt')}
        value={place.kind}
        choices={PLACES}
        text={(kind) => t(`places.${kind}`)}
        onChange={(kind) => state.setPlace(kind === 'step' ? { kind, step: 0 } : { kind })}
      />
      {place.kind === 'step' && <StepField place={place} onChange={state.setPlace} />}
      {colourBy !== null && (
        <Choice
          label={t('colour')}
          value={colourBy}
          choices={paths}
          text={(path) => path}
          onChange={state.setColourBy}
        />
      )}
    </Box>
  );
}

interface StepFieldProps {
  place: { kind: 'step'; step: number };
  onChange: (place: CurvePlace) => void;
}

function StepField({ place, onChange }: StepFieldProps) {
  const { t } = useTranslation('compare');
  return (
    <TextField
      type="number"
      label={t('step')}
      value={place.step}
      onChange={(event) => onChange({ kind: 'step', step: Math.max(0, Math.trunc(Number(event.target.value))) })}
      slotProps={{ htmlInput: { min: 0, step: 1 } }}
      sx={{ width: 104 }}
    />
  );
}
