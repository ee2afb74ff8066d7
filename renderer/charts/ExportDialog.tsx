// Choice of format, size, font and line width for a figure, with a preview that can be turned grey. Runs in the renderer.
import { useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../contracts/app-error.ts';
import { showToast } from '../app/toasts.ts';
import { DEFAULT_FIGURE, EXPORT_FORMATS, EXPORT_WIDTHS_MM, download, exportChart, renderSvg } from './export.ts';
import type { ExportFormat, ExportSource, FigureSettings } from './export.ts';

export interface ExportDialogProps {
  source: ExportSource;
  isOpen: boolean;
  onClose: () => void;
}

export function ExportDialog({ source, isOpen, onClose }: ExportDialogProps) {
  const { t } = useTranslation('charts');
  return (
    <Dialog open={isOpen} onClose={onClose} fullWidth maxWidth="md">
      <DialogTitle>{t('exportFigure')}</DialogTitle>
      <ExportForm source={source} onClose={onClose} />
    </Dialog>
  );
}

function ExportForm({ source, onClose }: Omit<ExportDialogProps, 'isOpen'>) {
  const { t } = useTranslation('charts');
  const [format, setFormat] = useState<ExportFormat>('svg');
  const [settings, setSettings] = useState(DEFAULT_FIGURE);
  const [isGrey, setGrey] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const isFigure = format !== 'csv' && format !== 'json';

  const save = async () => {
    setBusy(true);
    try {
      const fileName = `${source.fileName}.${format}`;
      download(await exportChart(source, format, settings), fileName);
      showToast(t('exported', { fileName }));
      onClose();
    } catch (error) {
      showToast(t('exportFailed', { reason: errorMessage(error) }), { tone: 'failure' });
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <DialogContent sx={{ display: 'grid', gridTemplateColumns: '220px minmax(0, 1fr)', gap: 6 }}>
        <Box sx={{ display: 'grid', gap: 4, alignContent: 'start', pt: 2 }}>
          <TextField
            select
            label={t('format')}
            value={format}
            onChange={(event) => setFormat(event.target.value as ExportFormat)}
          >
            {EXPORT_FORMATS.map((choice) => (
              <MenuItem key={choice} value={choice}>
                {choice.toUpperCase()}
              </MenuItem>
            ))}
          </TextField>
          {isFigure && <FigureFields format={format} settings={settings} onChange={setSettings} />}
          {isFigure && (
            <FormControlLabel
              control={<Switch size="small" checked={isGrey} onChange={(event) => setGrey(event.target.checked)} />}
              label={t('greyPreview')}
            />
          )}
        </Box>
        {isFigure && <Preview source={source} settings={settings} isGrey={isGrey} />}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button variant="contained" disabled={isBusy} onClick={() => void save()}>
          {t('save', { format: format.toUpperCase() })}
        </Button>
      </DialogActions>
    </>
  );
}

interface FigureFieldsProps {
  format: ExportFormat;
  settings: FigureSettings;
  onChange: (settings: FigureSettings) => void;
}

function FigureFields({ format, settings, onChange }: FigureFieldsProps) {
  const { t } = useTranslation('charts');
  const choice = (
    label: string,
    key: 'widthMm' | 'fontSizePt' | 'lineWidthPt' | 'scale',
    values: readonly number[],
  ) => (
    <TextField
      select
      label={label}
      value={settings[key]}
      onChange={(event) => onChange({ ...settings, [key]: Number(event.target.value) })}
    >
      {values.map((value) => (
        <MenuItem key={value} value={value}>
          {value}
        </MenuItem>
      ))}
    </TextField>
  );
  return (
    <>
      {choice(t('widthMm'), 'widthMm', EXPORT_WIDTHS_MM)}
      <TextField
        type="number"
        label={t('heightMm')}
        value={settings.heightMm}
        slotProps={{ htmlInput: { min: 20, max: 240 } }}
        onChange={(event) => {
          const heightMm = Number(event.target.value);
          if (heightMm > 0) onChange({ ...settings, heightMm });
        }}
      />
      {format !== 'pdf' && (
        <TextField
          select
          label={t('font')}
          value={settings.font}
          onChange={(event) => onChange({ ...settings, font: event.target.value as FigureSettings['font'] })}
        >
          <MenuItem value="IBM Plex Sans">IBM Plex Sans</MenuItem>
          <MenuItem value="DejaVu Sans">DejaVu Sans</MenuItem>
        </TextField>
      )}
      {choice(t('fontSizePt'), 'fontSizePt', [6, 7, 8, 9, 10, 11, 12])}
      {choice(t('lineWidthPt'), 'lineWidthPt', [0.5, 0.75, 1, 1.5, 2])}
      {format === 'png' && choice(t('scale'), 'scale', [1, 2, 3, 4])}
    </>
  );
}

function Preview({ source, settings, isGrey }: { source: ExportSource; settings: FigureSettings; isGrey: boolean }) {
  const { t } = useTranslation('charts');
  const address = useMemo(
    () => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(renderSvg(source.option, settings))}`,
    [source, settings],
  );
  return (
    <Box
      sx={{ bgcolor: 'studio.sunken', p: 3, borderRadius: 1, display: 'grid', placeItems: 'center', minHeight: 240 }}
    >
      <Box
        component="img"
        src={address}
        alt={t('preview')}
        sx={{ maxWidth: '100%', maxHeight: 480, filter: isGrey ? 'grayscale(1)' : 'none' }}
      />
    </Box>
  );
}
