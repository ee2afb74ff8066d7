// The same prompt in the other runs of the sweep, at this step or the last before it. Runs in the renderer.
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
import type { CompletionPhase } from '../../../../contracts/completion-browser.ts';
import { runLabel } from '../../../app/run-names.ts';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { LoadFailed } from '../../../components/LoadFailed.tsx';
import { Loading } from '../../../components/Loading.tsx';
import { useHostQuery } from '../../../connection/hooks.ts';
import { MISSING, formatCount } from '../../../format.ts';

const COLUMNS = ['run', 'step', 'right', 'answers'] as const;

export interface OtherRunsProps {
  runId: string;
  step: number;
  phase: CompletionPhase;
  promptIndex: number;
}

export function OtherRuns({ runId, step, phase, promptIndex }: OtherRunsProps) {
  const { t } = useTranslation('run');
  const { data, error, refetch } = useHostQuery('promptInRuns', {
    ...{ run: runId, step, phase, promptIndex },
    runs: null,
    atStep: step,
  });
  const runs = useHostQuery('listRuns', {});
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading heightPx={120} />;
  if (data.groups.length === 0) return <EmptyState text={t('noOtherRun')} />;
  return (
    <Box sx={{ overflowX: 'auto' }}>
      <Table size="small" aria-label={t('otherRuns')}>
        <TableHead>
          <TableRow>
            {COLUMNS.map((column) => (
              <TableCell key={column}>{t(`otherColumns.${column}`)}</TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {data.groups.map((group) => {
            const run = runs.data?.find(({ id }) => id === group.runId);
            const query = new URLSearchParams({
              ...{ tab: 'completions', step: String(group.step), prompt: String(group.promptIndex) },
              ...(group.phase === 'train' ? {} : { phase: group.phase }),
            });
            const right = group.samples.filter(({ reward }) => (reward ?? 0) >= 1).length;
            return (
              <TableRow key={group.runId}>
                <TableCell>
                  <Link component={RouterLink} to={`/runs/${group.runId}?${query.toString()}`}>
                    {run === undefined ? group.runId : `r${run.number} ${runLabel(run)}`}
                  </Link>
                </TableCell>
                <TableCell>{formatCount(group.step)}</TableCell>
                <TableCell>{`${right}/${group.samples.length}`}</TableCell>
                <TableCell sx={{ overflowWrap: 'anywhere' }}>
                  {group.samples.map(({ extracted }) => extracted ?? MISSING).join(' · ')}
                </TableCell>
              </TableRow>
            );
          })}
        </TableBody>
      </Table>
      {data.withoutPrompt.length > 0 && (
        <Typography variant="body2" color="textSecondary" sx={{ mt: 1 }}>
          {t('runsWithoutPrompt', { count: data.withoutPrompt.length })}
        </Typography>
      )}
    </Box>
  );
}
