// A slider over the steps that have completions; the address follows when it rests. Runs in the renderer.
import { useState } from 'react';
import NextIcon from '@mui/icons-material/ChevronRight';
import PreviousIcon from '@mui/icons-material/ChevronLeft';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Slider from '@mui/material/Slider';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../format.ts';

export interface StepSliderProps {
  /** Ascending. */
  steps: readonly number[];
  step: number;
  onStep: (step: number) => void;
}

export function StepSlider({ steps, step, onStep }: StepSliderProps) {
  const { t } = useTranslation('run');
  const [dragged, setDragged] = useState<number | null>(null);
  const index = Math.max(0, steps.indexOf(step));
  const shown = dragged ?? index;
  const go = (to: number) => {
    const next = steps[to];
    if (next !== undefined) onStep(next);
  };
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, flex: '1 1 260px', minWidth: 0 }}>
      <Typography component="span" color="textSecondary">
        {t('step')}
      </Typography>
      <IconButton aria-label={t('previousStep')} disabled={index === 0} onClick={() => go(index - 1)}>
        <PreviousIcon fontSize="small" />
      </IconButton>
      <Slider
        size="small"
        aria-label={t('step')}
        value={shown}
        min={0}
        max={Math.max(1, steps.length - 1)}
        disabled={steps.length < 2}
        getAriaValueText={(at) => t('stepNumber', { step: formatCount(steps[at] ?? 0) })}
        onChange={(_event, value) => setDragged(Number(value))}
        onChangeCommitted={(_event, value) => {
          setDragged(null);
          go(Number(value));
        }}
        sx={{ flex: 1, mx: 1 }}
      />
      <IconButton aria-label={t('nextStep')} disabled={index >= steps.length - 1} onClick={() => go(index + 1)}>
        <NextIcon fontSize="small" />
      </IconButton>
      <Typography component="span" sx={{ minWidth: 40, textAlign: 'right' }}>
        {formatCount(steps[shown] ?? step)}
      </Typography>
    </Box>
  );
}
