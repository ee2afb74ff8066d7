// Above the table: filter, columns, groups, seeds, which value of a metric, saved views. Runs in the renderer.
import { useState } from 'react';
import type { Ref } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControl from '@mui/material/FormControl';
import InputLabel from '@mui/material/InputLabel';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { RunColumnChoices } from '../../../contracts/run-table.ts';
import { ColumnsDialog } from './ColumnsDialog.tsx';
import { columnTitle } from './columns.ts';
import { FilterField } from './FilterField.tsx';
import type { MetricPlace } from './runs-view.ts';
import { useColumnActions } from './use-column-actions.ts';
import type { RunsView } from './use-runs-view.ts';
import { ViewsMenu } from './ViewsMenu.tsx';

export interface RunsToolbarProps {
  view: RunsView;
  choices: RunColumnChoices | undefined;
  filterError: string | null;
  filterRef: Ref<HTMLInputElement>;
}

const GROUP_FIELDS = ['sweep', 'state', 'numbers', 'tags', 'seed'];

export function RunsToolbar({ view, choices, filterError, filterRef }: RunsToolbarProps) {
  const { t } = useTranslation('runs');
  const [areColumnsOpen, setColumnsOpen] = useState(false);
  const actions = useColumnActions(view);
  const varied = choices?.settings.filter(({ distinctValues }) => distinctValues > 1).map(({ path }) => path) ?? [];
  const groups = [...new Set([...GROUP_FIELDS, ...varied, ...(view.group === '' ? [] : [view.group])])];
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'flex-start' }}>
      <FilterField
        filter={view.filter}
        onFilter={view.setFilter}
        choices={choices}
        error={filterError}
        inputRef={filterRef}
      />
      <Button onClick={() => setColumnsOpen(true)}>{t('columns')}</Button>
      <Choice
        id="runs-group"
        label={t('group')}
        value={view.group}
        options={[['', t('noGroup')], ...groups.map((key): [string, string] => [key, columnTitle(key)])]}
        onChange={view.setGroup}
      />
      <Choice
        id="runs-seeds"
        label={t('seeds')}
        value={view.isMeanOfSeeds ? 'mean' : 'each'}
        options={[
          ['each', t('seedsEach')],
          ['mean', t('seedsMean')],
        ]}
        onChange={(value) => view.setMeanOfSeeds(value === 'mean')}
      />
      <PlaceChoice place={view.place} onPlace={view.setPlace} />
      <ViewsMenu route="/runs" />
      <ColumnsDialog isOpen={areColumnsOpen} onClose={() => setColumnsOpen(false)} {...{ view, actions, choices }} />
    </Box>
  );
}

interface ChoiceProps {
  id: string;
  label: string;
  value: string;
  /** Value and text. */
  options: readonly [string, string][];
  onChange: (value: string) => void;
}

/** A labelled list of few values. */
export function Choice({ id, label, value, options, onChange }: ChoiceProps) {
  return (
    <FormControl size="small" sx={{ minWidth: 112 }}>
      <InputLabel id={`${id}-label`} shrink>
        {label}
      </InputLabel>
      <Select
        id={id}
        labelId={`${id}-label`}
        label={label}
        notched
        displayEmpty
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map(([optionValue, text]) => (
          <MenuItem key={optionValue} value={optionValue}>
            {text}
          </MenuItem>
        ))}
      </Select>
    </FormControl>
  );
}

const FIRST_STEP = 'step:1';

/** Last, best, or at a step. */
export function PlaceChoice({ place, onPlace }: { place: MetricPlace; onPlace: (place: MetricPlace) => void }) {
  const { t } = useTranslation('runs');
  const step = place.startsWith('step:') ? place.slice('step:'.length) : null;
  return (
    <>
      <Choice
        id="metric-place"
        label={t('metrics')}
        value={step === null ? place : 'step'}
        options={[
          ['last', t('placeLast')],
          ['best', t('placeBest')],
          ['step', t('placeStep')],
        ]}
        onChange={(value) => onPlace(value === 'step' ? FIRST_STEP : value === 'best' ? 'best' : 'last')}
      />
      {step !== null && (
        <TextField
          type="number"
          label={t('step')}
          value={step}
          onChange={(event) => {
            const next = Number(event.target.value);
            if (Number.isInteger(next) && next >= 0) onPlace(`step:${next}`);
          }}
          sx={{ width: 96 }}
          slotProps={{ htmlInput: { min: 0 }, inputLabel: { shrink: true } }}
        />
      )}
    </>
  );
}
