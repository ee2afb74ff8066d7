// Chooses runs to put beside those that are compared. Runs in the renderer.
import { useState } from 'react';
import Autocomplete, { createFilterOptions } from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { runLabel } from '../../app/run-names.ts';

const MOST_OPTIONS = 100;
const filterRuns = createFilterOptions<RunSummary>({
  limit: MOST_OPTIONS,
  stringify: ({ number, label, seed, state, tags }) => `r${number} ${label} s${seed} ${state} ${tags.join(' ')}`,
});

export interface AddRunsProps {
  isOpen: boolean;
  /** That are not compared yet. */
  runs: readonly RunSummary[];
  onAdd: (ids: readonly string[]) => void;
  onClose: () => void;
}

export function AddRuns({ isOpen, runs, onAdd, onClose }: AddRunsProps) {
  const { t } = useTranslation('compare');
  const [chosen, setChosen] = useState<RunSummary[]>([]);
  const close = () => {
    setChosen([]);
    onClose();
  };
  return (
    <Dialog open={isOpen} onClose={close} fullWidth maxWidth="sm" aria-labelledby="add-runs">
      <DialogTitle id="add-runs">{t('addTitle')}</DialogTitle>
      <DialogContent>
        <Autocomplete
          multiple
          options={runs.toSorted((left, right) => right.number - left.number)}
          value={chosen}
          onChange={(_event, value) => setChosen(value)}
          filterOptions={filterRuns}
          getOptionKey={({ id }) => id}
          getOptionLabel={(run) => `r${run.number} ${runLabel(run)}`}
          isOptionEqualToValue={(option, value) => option.id === value.id}
          noOptionsText={t('noRunFound')}
          renderInput={(parameters) => <TextField {...parameters} autoFocus margin="dense" label={t('findRuns')} />}
        />
      </DialogContent>
      <DialogActions>
        <Button variant="text" onClick={close}>
          {t('cancel')}
        </Button>
        <Button
          variant="contained"
          aria-disabled={chosen.length === 0}
          onClick={() => {
            if (chosen.length === 0) return;
            onAdd(chosen.map(({ id }) => id));
            close();
          }}
        >
          {t('addCount', { count: chosen.length })}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
