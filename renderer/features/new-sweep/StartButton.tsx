// The one filled button: starts what is missing of the sweep, or leads to what keeps it from starting. Runs in the
// renderer.
import Button from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';
import { useTranslation } from 'react-i18next';
import { announce } from '../../app/announce.ts';
import { isToStart } from './use-planned-sweep.ts';
import type { PlannedSweep } from './use-planned-sweep.ts';

export interface StartButtonProps {
  planned: PlannedSweep;
  isStarting: boolean;
  onStart: () => void;
  /** Before the first field with a problem is looked for. */
  onShowProblem: () => void;
}

export function StartButton({ planned, isStarting, onStart, onShowProblem }: StartButtonProps) {
  const { t } = useTranslation('newSweep');
  const { plan, problems, isCurrent } = planned;
  const fields = new Set(problems.map(({ key }) => key)).size;
  const cells = plan?.cells.filter(isToStart).length ?? 0;
  if (fields > 0) {
    return (
      <Button
        variant="contained"
        onClick={() => {
          onShowProblem();
          requestAnimationFrame(focusFirstProblem);
        }}
      >
        {t('fix', { count: fields })}
      </Button>
    );
  }
  const reason = isStarting ? t('isStarting') : !isCurrent ? t('isPlanning') : cells === 0 ? t('nothingToStart') : '';
  return (
    <Tooltip title={reason} describeChild>
      <Button
        variant="contained"
        // Focusable, so that it can say why.
        aria-disabled={reason !== ''}
        onClick={() => (reason === '' ? onStart() : announce(reason))}
        sx={{ minWidth: 120, opacity: reason !== '' && isCurrent ? 0.6 : 1 }}
      >
        {t('start', { count: cells })}
      </Button>
    </Tooltip>
  );
}

function focusFirstProblem(): void {
  const field = document.querySelector<HTMLElement>('main [aria-invalid="true"]');
  field?.scrollIntoView({ block: 'center' });
  field?.focus({ preventScroll: true });
}
