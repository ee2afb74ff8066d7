// What all charts of a run share: x axis, smoothing, logarithmic y, search, zoom. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import InputLabel from '@mui/material/InputLabel';
import MenuItem from '@mui/material/MenuItem';
import Select from '@mui/material/Select';
import Slider from '@mui/material/Slider';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useQueryState } from '../../app/query-state.ts';
import { formatCount, formatMeasure } from '../../format.ts';
import { X_AXES } from './curves.ts';
import type { XAxis } from './curves.ts';
import { parseZoom } from './use-run-curves.ts';

const MOST_SMOOTHING = 0.99;

export function ChartToolbar({ shown, isLive }: { shown: number; isLive: boolean }) {
  const { t } = useTranslation('run');
  const [axis, setAxis] = useQueryState<XAxis>('x', 'step');
  const [isAllLog, setAllLog] = useQueryState<string>('logy', '0');
  const [find, setFind] = useQueryState<string>('find', '');
  const [zoomText, setZoom] = useQueryState<string>('zoom', '');
  const zoom = parseZoom(zoomText);
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 4, rowGap: 2 }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 2 }}>
        <InputLabel id="x-axis" sx={{ position: 'static', transform: 'none', fontSize: 'inherit' }}>
          x
        </InputLabel>
        <Select labelId="x-axis" value={axis} onChange={(event) => setAxis(event.target.value)} sx={{ minWidth: 96 }}>
          {X_AXES.map((choice) => (
            <MenuItem key={choice} value={choice}>
              {t(`x.${choice}`)}
            </MenuItem>
          ))}
        </Select>
      </Box>
      <Smoothing />
      <FormControlLabel
        control={
          <Checkbox
            size="small"
            checked={isAllLog === '1'}
            onChange={(event) => setAllLog(event.target.checked ? '1' : '0')}
          />
        }
        label={t('logY')}
      />
      <TextField
        label={t('findChart')}
        value={find}
        onChange={(event) => setFind(event.target.value)}
        sx={{ width: 180 }}
      />
      <Typography color="textSecondary">{t('chartCount', { count: shown })}</Typography>
      {zoom !== null && (
        <Button onClick={() => setZoom('')}>
          {isLive ? t('followLive') : t('showAllSteps', { from: formatCount(zoom[0]), to: formatCount(zoom[1]) })}
        </Button>
      )}
    </Box>
  );
}

/** The address follows when the slider rests. */
function Smoothing() {
  const { t } = useTranslation('run');
  const [smoothing, setSmoothing] = useQueryState<string>('smooth', '0');
  const [dragged, setDragged] = useState<number | null>(null);
  const shown = dragged ?? (Number(smoothing) || 0);
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 3 }}>
      <Typography component="span">{t('smooth')}</Typography>
      <Slider
        size="small"
        aria-label={t('smooth')}
        min={0}
        max={MOST_SMOOTHING}
        step={0.01}
        value={shown}
        onChange={(_event, value) => setDragged(Number(value))}
        onChangeCommitted={(_event, value) => {
          setDragged(null);
          setSmoothing(String(value));
        }}
        sx={{ width: 120 }}
      />
      <Typography component="span" sx={{ minWidth: 28 }}>
        {shown === 0 ? t('off') : formatMeasure(shown, 2)}
      </Typography>
    </Box>
  );
}
