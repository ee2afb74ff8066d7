// More of a sweep: steps, seeds, values of a setting. Says how many cells that is and how long they take before anything
// is queued. Runs in the renderer.
import { useState } from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { SweepGrid } from '../../../contracts/sweep-grid.ts';
import type { SweepStart } from '../../../contracts/sweep-report.ts';
import { useSettled } from '../../app/settled.ts';
import { ActionButton } from '../../components/ActionButton.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatEstimate } from '../../format.ts';
import { useDifferences } from './differences.ts';
import { EMPTY_FORM, nextSeed, readExtension } from './extension.ts';
import type { ExtensionForm, FieldProblem } from './extension.ts';
import { startedCells } from './sweep-actions.ts';
import type { Extension } from './sweep-actions.ts';
import { meanStepMs } from './sweep-layout.ts';

const TYPING_MS = 300;
const NOTHING: Extension = { seeds: [], values: [], steps: null };
/** Offered beside the settings that vary already. */
const OFTEN_VARIED = [
  'learningRate',
  'samplesPerPrompt',
  'promptsPerStep',
  'klCoefficient',
  'adapter.nTie',
  'adapter.rank',
];

export interface ExtendDialogProps {
  sweep: SweepGrid;
  onExtend: (extension: Extension) => void;
  onClose: () => void;
}

export function ExtendDialog({ sweep, onExtend, onClose }: ExtendDialogProps) {
  const { t } = useTranslation('sweep');
  const [form, setForm] = useState(EMPTY_FORM);
  const { extension, problems } = readExtension(form);
  const settled = useSettled(JSON.stringify(extension), TYPING_MS);
  const isCurrent = settled === JSON.stringify(extension);
  const plan = useHostQuery(
    'extendSweep',
    { sweep: sweep.id, ...((JSON.parse(settled) as Extension | null) ?? NOTHING), plan: true },
    { enabled: settled !== 'null', placeholderData: keepPreviousData, gcTime: 0 },
  );
  const planned = extension === null || !isCurrent || plan.isPlaceholderData || plan.error ? undefined : plan.data;
  const cells = planned === undefined ? 0 : startedCells(planned);
  const disabledReason = cells > 0 ? undefined : t(extension === null ? 'extendEmpty' : 'extendNothing');
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="extend-title">
      <DialogTitle id="extend-title">{t('extendTitle', { name: `s${sweep.number} ${sweep.name}` })}</DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 4 }}>
        <ExtensionFields sweep={sweep} form={form} problems={problems} onChange={setForm} />
        <Typography role="status" sx={{ minHeight: 40, ...(plan.error && { color: 'error.main' }) }}>
          {extension === null
            ? t('extendEmpty')
            : plan.error && isCurrent
              ? errorMessage(plan.error)
              : planned === undefined
                ? t('extendPlanning')
                : planText(sweep, planned, t)}
        </Typography>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t('goBack')}</Button>
        <ActionButton
          variant="contained"
          disabledReason={disabledReason}
          onClick={() => {
            if (extension === null) return;
            onExtend(extension);
            onClose();
          }}
        >
          {t('queueCells', { count: cells })}
        </ActionButton>
      </DialogActions>
    </Dialog>
  );
}

interface ExtensionFieldsProps {
  sweep: SweepGrid;
  form: ExtensionForm;
  problems: readonly FieldProblem[];
  onChange: (form: ExtensionForm) => void;
}

function ExtensionFields({ sweep, form, problems, onChange }: ExtensionFieldsProps) {
  const { t } = useTranslation('sweep');
  const { data: differences } = useDifferences(sweep);
  const varied = differences?.map(({ path }) => path) ?? [];
  const longest = Math.max(0, ...sweep.settings.flatMap(({ cells }) => cells.map(({ totalSteps }) => totalSteps)));
  const hints: Record<FieldProblem, string> = {
    steps: t('fields.stepsHint', { steps: formatCount(longest) }),
    seeds: t('fields.seedsHint', { seed: String(nextSeed(sweep.settings)) }),
    path: t('fields.pathHint'),
    values: t('fields.valuesHint'),
  };
  const problemTexts: Record<FieldProblem, string> = {
    steps: t('fields.stepsProblem'),
    seeds: t('fields.seedsProblem'),
    path: t('fields.pathProblem'),
    values: t('fields.valuesProblem'),
  };
  const field = (name: FieldProblem) => ({
    label: t(`fields.${name}`),
    error: problems.includes(name),
    helperText: problems.includes(name) ? problemTexts[name] : hints[name],
  });
  return (
    <>
      {(['steps', 'seeds'] as const).map((name) => (
        <TextField
          key={name}
          {...field(name)}
          value={form[name]}
          autoFocus={name === 'steps'}
          onChange={(event) => onChange({ ...form, [name]: event.target.value })}
          margin="dense"
        />
      ))}
      <Autocomplete
        freeSolo
        options={[...new Set([...varied, ...OFTEN_VARIED])].filter((path) => path !== 'steps')}
        inputValue={form.path}
        onInputChange={(_event, path) => onChange({ ...form, path })}
        renderInput={(parameters) => <TextField {...parameters} {...field('path')} />}
      />
      <TextField
        {...field('values')}
        value={form.values}
        onChange={(event) => onChange({ ...form, values: event.target.value })}
      />
    </>
  );
}

/** "4 new cells, ~12 min, from 9 finished cells. 2 duplicates left out." */
function planText(sweep: SweepGrid, planned: SweepStart, t: ReturnType<typeof useTranslation<'sweep'>>['t']): string {
  const queued = new Set([...planned.createdRunIds, ...planned.requeuedRunIds, ...planned.restoredRunIds]);
  const steps = planned.cells.reduce((sum, { runId, config }) => sum + (queued.has(runId) ? config.steps : 0), 0);
  const speed = meanStepMs(sweep.settings);
  const time =
    speed === null
      ? t('timeUnknown')
      : t('timeFrom', { duration: formatEstimate(speed.stepMs * steps), count: speed.runs });
  return [
    t('newCells', { count: queued.size }),
    ...(queued.size > 0 ? [time] : []),
    ...(planned.duplicatesRemoved > 0 ? [t('duplicates', { count: planned.duplicatesRemoved })] : []),
  ].join(' ');
}
