// What each run takes, and freeing of one. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { PruneKind, RunDiskUse } from '../../../contracts/library.ts';
import { runLabel } from '../../app/run-names.ts';
import { shownState } from '../../../contracts/run-state.ts';
import { useQueryState } from '../../app/query-state.ts';
import { SortableTable } from '../../components/SortableTable.tsx';
import type { TableColumn } from '../../components/SortableTable.tsx';
import { sortRows } from '../../components/sort-rows.ts';
import { StateLabel } from '../../components/StateLabel.tsx';
import { formatCount, formatFileSize } from '../../format.ts';
import type { FreeRequest } from './FreeSpaceDialog.tsx';

const ROWS_AT_ONCE = 50;
const SORT_KEY = 'sort';
const HAS_ENDED: readonly RunDiskUse['state'][] = ['done', 'failed', 'cancelled'];

export function DiskRuns({ runs, onFree }: { runs: readonly RunDiskUse[]; onFree: (request: FreeRequest) => void }) {
  const { t } = useTranslation('disk');
  const [shown, setShown] = useState(ROWS_AT_ONCE);
  const [sort] = useQueryState<string>(SORT_KEY, '');
  const columns = useRunColumns(onFree);
  const sortBy = columns.find(({ id }) => id === sort.replace(/^-/, ''))?.sortBy;
  const ordered = sortBy === undefined ? runs : sortRows(runs, sortBy, sort.startsWith('-'));
  const rest = runs.length - shown;
  return (
    <Box component="section" sx={{ flexShrink: 0 }}>
      <Typography variant="h2">{t('runs.title')}</Typography>
      {runs.length === 0 && <Typography color="textSecondary">{t('runs.empty')}</Typography>}
      {runs.length > 0 && (
        <SortableTable
          label={t('runs.title')}
          columns={columns}
          rows={ordered.slice(0, shown)}
          rowKey={({ runId }) => runId}
          queryKey={SORT_KEY}
        />
      )}
      {rest > 0 && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 3, mt: 2 }}>
          <Button size="small" onClick={() => setShown(shown + ROWS_AT_ONCE)}>
            {t('runs.showMore', { count: Math.min(rest, ROWS_AT_ONCE) })}
          </Button>
          <Typography variant="body2" color="textSecondary">
            {t('runs.shown', { shown: formatCount(shown), total: formatCount(runs.length) })}
          </Typography>
        </Box>
      )}
    </Box>
  );
}

function useRunColumns(onFree: (request: FreeRequest) => void): TableColumn<RunDiskUse>[] {
  const { t } = useTranslation('disk');
  const size = (
    id: 'checkpoints' | 'completions' | 'metrics' | 'logs' | 'total',
    of: (run: RunDiskUse) => number,
  ): TableColumn<RunDiskUse> => ({
    id,
    label: t(`runs.${id}`),
    isNumber: true,
    sortBy: of,
    cell: (run) => formatFileSize(of(run)),
  });
  return [
    {
      id: 'label',
      label: t('runs.label'),
      sortBy: runLabel,
      cell: (run) => (
        <Link component={RouterLink} to={`/runs/${run.runId}`}>
          {runLabel(run)}
        </Link>
      ),
    },
    {
      id: 'state',
      label: t('runs.state'),
      sortBy: ({ state }) => state,
      cell: ({ state }) => <StateLabel state={shownState({ state, failure: null })} />,
    },
    size('checkpoints', ({ checkpointBytes }) => checkpointBytes),
    size('completions', ({ completionFileBytes }) => completionFileBytes),
    size('metrics', ({ metricFileBytes }) => metricFileBytes),
    size('logs', ({ logBytes }) => logBytes),
    size('total', ({ totalBytes }) => totalBytes),
    {
      id: 'actions',
      label: t('runs.actions'),
      cell: (run) => {
        const parts = HAS_ENDED.includes(run.state) ? freeableParts(run) : [];
        return (
          parts.length > 0 && (
            <Button
              size="small"
              aria-label={t('runs.freeNamed', { label: runLabel(run) })}
              onClick={() => onFree({ run, parts })}
            >
              {t('runs.free')}
            </Button>
          )
        );
      },
    },
  ];
}

function freeableParts(run: RunDiskUse): { kind: PruneKind; sizeBytes: number }[] {
  const parts: { kind: PruneKind; sizeBytes: number }[] = [
    { kind: 'completions', sizeBytes: run.completionFileBytes },
    { kind: 'previous-checkpoints', sizeBytes: run.previousCheckpointBytes },
    { kind: 'logs', sizeBytes: run.logBytes },
  ];
  return parts.filter(({ sizeBytes }) => sizeBytes > 0);
}
