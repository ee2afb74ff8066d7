// A run's configuration as it was frozen when it was queued, and what it was computed with. Runs in the renderer.
import { useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { stringify } from 'yaml';
import type { RunOverview } from '../../../contracts/run-overview.ts';
import { copyText } from '../../app/clipboard.ts';
import { FONTS } from '../../theme/tokens.ts';
import { useSettingLabel } from '../../i18n/setting-label.ts';
import { configRows, settingText } from './config-rows.ts';
import type { ConfigRow } from './config-rows.ts';

export function ConfigTab({ overview }: { overview: RunOverview }) {
  const { t } = useTranslation('run');
  const { config } = overview;
  const [isOnlyChanged, setOnlyChanged] = useState(false);
  const rows = useMemo(() => configRows(config), [config]);
  const shown = isOnlyChanged ? rows.filter(({ isChanged }) => isChanged) : rows;
  const sections = [...new Set(shown.map(({ section }) => section))];
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 4,
        gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 2fr) minmax(0, 1fr)' },
      }}
    >
      <Box component="section" aria-labelledby="config-settings" sx={{ minWidth: 0 }}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 4 }}>
          <Typography variant="h2" id="config-settings">
            {t('frozenSettings')}
          </Typography>
          <FormControlLabel
            control={
              <Checkbox
                size="small"
                checked={isOnlyChanged}
                onChange={(event) => setOnlyChanged(event.target.checked)}
              />
            }
            label={t('onlyChanged', { count: rows.filter(({ isChanged }) => isChanged).length })}
          />
          <Box sx={{ flex: 1 }} />
          <Button onClick={() => void copyText(stringify(config), t('yamlCopied'))}>{t('copyYaml')}</Button>
        </Box>
        {sections.map((section) => (
          <SettingTable key={section} section={section} rows={shown.filter((row) => row.section === section)} />
        ))}
      </Box>
      <Provenance overview={overview} />
    </Box>
  );
}

function SettingTable({ section, rows }: { section: ConfigRow['section']; rows: readonly ConfigRow[] }) {
  const { t } = useTranslation('run');
  const labelOf = useSettingLabel();
  return (
    <Box sx={{ mt: 3, overflowX: 'auto' }}>
      <Typography variant="h3" id={`config-${section}`}>
        {t(`settingSections.${section}`)}
      </Typography>
      <Table size="small" aria-labelledby={`config-${section}`} sx={{ tableLayout: 'fixed', minWidth: 480 }}>
        <TableHead>
          <TableRow>
            <TableCell sx={{ width: '34%' }}>{t('setting')}</TableCell>
            <TableCell sx={{ width: '40%' }}>{t('value')}</TableCell>
            <TableCell>{t('default')}</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {rows.map(({ path, label, unit, value, byDefault, isChanged }) => (
            <TableRow key={path} sx={isChanged ? { bgcolor: 'studio.selectedRow' } : undefined}>
              <TableCell title={path} sx={{ overflowWrap: 'anywhere' }}>
                {labelOf({ path, label })}
              </TableCell>
              <TableCell sx={{ overflowWrap: 'anywhere', fontWeight: isChanged ? 600 : 400 }}>
                {settingText(value)} {unit}
              </TableCell>
              <TableCell sx={{ overflowWrap: 'anywhere', color: 'text.secondary' }}>
                {byDefault === undefined
                  ? t('stated')
                  : isChanged
                    ? t('insteadOf', { value: settingText(byDefault) })
                    : t('asDefault')}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}

/** Program, model, data and the command to have it again. */
function Provenance({ overview }: { overview: RunOverview }) {
  const { t } = useTranslation('run');
  const { run, provenance, modelHash, basesFingerprint, runFolder, sweeps } = overview;
  const [sweep] = sweeps;
  const entries: [string, string | null][] = [
    [t('provenance.cell'), run.cellKey],
    [t('provenance.code'), provenance?.codeVersion ?? null],
    [t('provenance.model'), modelHash],
    [t('provenance.train'), provenance?.trainHash ?? null],
    [t('provenance.heldOut'), provenance?.heldOutHash ?? null],
    [t('provenance.bases'), basesFingerprint],
    [t('provenance.folder'), runFolder],
    [t('provenance.show'), `tinylora run show ${run.id}`],
    [t('provenance.again'), sweep === undefined ? null : `tinylora sweep run ${shellWord(sweep.recipePath)}`],
  ];
  return (
    <Box component="section" aria-labelledby="config-provenance" sx={{ minWidth: 0 }}>
      <Typography variant="h2" id="config-provenance" sx={{ minHeight: 38 }}>
        {t('provenance.title')}
      </Typography>
      <Box component="dl" sx={{ m: 0, display: 'grid', gap: 3 }}>
        {entries.map(([name, value]) => (
          <Box key={name}>
            <Typography component="dt" variant="body2" color="textSecondary">
              {name}
            </Typography>
            <Box component="dd" sx={{ m: 0, display: 'flex', alignItems: 'start', gap: 2 }}>
              <Box
                component="code"
                sx={{ typography: 'body2', fontFamily: FONTS.code, overflowWrap: 'anywhere', flex: 1 }}
              >
                {value === null || value === '' ? t('provenance.unknown') : value}
              </Box>
              {value !== null && value !== '' && (
                <Button
                  size="small"
                  variant="text"
                  aria-label={t('copyOf', { name })}
                  onClick={() => void copyText(value, t('copied', { name }))}
                >
                  {t('copy')}
                </Button>
              )}
            </Box>
          </Box>
        ))}
      </Box>
    </Box>
  );
}

/** As a POSIX shell takes it: in quotes where it has to be. */
function shellWord(text: string): string {
  return /^[\w./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
