// What happened to a run, the latest first. Runs in the renderer.
import Box from '@mui/material/Box';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import { useTranslation } from 'react-i18next';
import type { RunOverview } from '../../../contracts/run-overview.ts';
import { useNow } from '../../app/now.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { formatTime } from '../../format.ts';
import { FONTS } from '../../theme/tokens.ts';

export function EventsTab({ overview }: { overview: RunOverview }) {
  const { t, i18n } = useTranslation('run');
  const nowMs = useNow();
  const { events, run } = overview;
  if (events.length === 0) return <EmptyState text={t('noEvents')} />;
  return (
    <Box sx={{ overflowX: 'auto' }}>
      {run.failure && (
        <Box
          component="pre"
          sx={{ fontFamily: FONTS.code, whiteSpace: 'pre-wrap', bgcolor: 'studio.sunken', p: 3, m: 0, mb: 3 }}
        >
          {t('failureReport', {
            code: run.failure.code,
            exit: run.failure.signal ?? String(run.failure.exitCode ?? '–'),
            message: run.failure.message,
          })}
        </Box>
      )}
      <Table size="small" aria-label={t('tabs.events')}>
        <TableHead>
          <TableRow>
            {(['time', 'kind', 'message'] as const).map((column) => (
              <TableCell key={column}>{t(`eventColumns.${column}`)}</TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {events.toReversed().map(({ atMs, kind, message }, index) => (
            <TableRow key={`${atMs}-${events.length - index}`}>
              <TableCell sx={{ whiteSpace: 'nowrap' }} title={new Date(atMs).toISOString()}>
                {formatTime(atMs, nowMs, i18n.language)}
              </TableCell>
              <TableCell>{kind}</TableCell>
              <TableCell sx={{ overflowWrap: 'anywhere' }}>{message}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}
