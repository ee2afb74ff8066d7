// The sweeps of late: front, cells, best setting with its interval, end. Runs in the renderer.
import Button from '@mui/material/Button';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { BestScore, SweepSummary } from '../../../contracts/sweep-report.ts';
import { useNow } from '../../app/now.ts';
import { MISSING, formatCount, formatRate, formatRateInterval, formatTime } from '../../format.ts';
import type { QueueActions } from '../../components/queue/queue-actions.ts';
import { RecentFront } from './RecentFront.tsx';

const MOST_SWEEPS = 12;

export function RecentSection({ sweeps, actions }: { sweeps: readonly SweepSummary[]; actions: QueueActions }) {
  const { t } = useTranslation('home');
  return (
    <Box component="section" aria-labelledby="home-recent" sx={{ overflowX: 'auto' }}>
      <Typography variant="h2" id="home-recent">
        {t('recent')}
      </Typography>
      <Table size="small" aria-labelledby="home-recent">
        <TableHead>
          <TableRow>
            {(['sweep', 'front', 'cells', 'best', 'finished', 'actions'] as const).map((column) => (
              <TableCell key={column}>{t(column)}</TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {sweeps.slice(0, MOST_SWEEPS).map((sweep) => (
            <SweepRow key={sweep.id} sweep={sweep} actions={actions} />
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}

function SweepRow({ sweep, actions }: { sweep: SweepSummary; actions: QueueActions }) {
  const { t, i18n } = useTranslation('home');
  const nowMs = useNow();
  const { number, name, cells, cellsByState, best, endedAtMs } = sweep;
  const failed = cellsByState.failed ?? 0;
  const missing = failed + (cellsByState.cancelled ?? 0);
  const mode = best?.sampled ? 'sampled' : 'greedy';
  const score = best?.[mode] ?? null;
  return (
    <TableRow hover>
      <TableCell>
        <Link component={RouterLink} to={`/sweeps/s${number}`}>{`s${number} ${name}`}</Link>
      </TableCell>
      <TableCell sx={{ minWidth: 96 }}>
        <RecentFront sweep={sweep} />
      </TableCell>
      <TableCell>
        {t('cellsDone', { done: formatCount(cellsByState.done ?? 0), cells: formatCount(cells) })}
        {failed > 0 && `, ${t('cellsFailed', { count: failed })}`}
      </TableCell>
      <TableCell>{score === null ? MISSING : <ScoreText score={score} mode={t(mode)} />}</TableCell>
      <TableCell>{endedAtMs === null ? MISSING : formatTime(endedAtMs, nowMs, i18n.language)}</TableCell>
      <TableCell>
        {missing > 0 ? (
          <Button size="small" onClick={() => void actions.retryMissing(sweep.id)}>
            {t('retryCount', { count: missing })}
          </Button>
        ) : (
          <Button size="small" component={RouterLink} to={`/sweeps/s${number}`}>
            {t('open')}
          </Button>
        )}
      </TableCell>
    </TableRow>
  );
}

/** A rate never stands alone: mode, interval, observations, seeds. */
function ScoreText({ score, mode }: { score: BestScore; mode: string }) {
  const { t } = useTranslation('home');
  const { accuracy, low, high, problems, samples, seeds } = score;
  const n = problems * samples;
  return (
    <>
      <strong>{formatRate(accuracy, n)}</strong> {formatRateInterval(low, high, n)} {mode},{' '}
      {t('observations', { count: problems })}, {t('seeds', { count: seeds })}
    </>
  );
}
