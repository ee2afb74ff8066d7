// Runs and sweeps that were removed, for as long as they can be brought back. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { REMOVED_KEPT_DAYS } from '../../../contracts/methods/organising.ts';
import { useNow } from '../../app/now.ts';
import { reported } from '../../app/reported.ts';
import { showToast } from '../../app/toasts.ts';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { SortableTable } from '../../components/SortableTable.tsx';
import type { TableColumn } from '../../components/SortableTable.tsx';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { formatTime } from '../../format.ts';

interface RemovedThing {
  kind: 'run' | 'sweep';
  id: string;
  name: string;
  removedAtMs: number;
  goneAtMs: number;
}

export function RemovedThings() {
  const { t, i18n } = useTranslation('disk');
  const nowMs = useNow();
  const connection = useHostConnection();
  const removed = useHostQuery('listRemoved', {}, { refetchOnMount: 'always' });
  const restore = reported(async ({ kind, id, name }: RemovedThing) => {
    if (kind === 'run') await connection.call('restoreRuns', { ids: [id] });
    else await connection.call('restoreSweeps', { sweeps: [id] });
    showToast(t('removed.restored', { name }));
    await removed.refetch();
  });
  const columns: TableColumn<RemovedThing>[] = [
    { id: 'what', label: t('removed.what'), sortBy: ({ name }) => name, cell: ({ name }) => name },
    {
      id: 'removedAt',
      label: t('removed.removedAt'),
      sortBy: ({ removedAtMs }) => removedAtMs,
      cell: ({ removedAtMs }) => formatTime(removedAtMs, nowMs, i18n.language),
    },
    {
      id: 'goneAt',
      label: t('removed.goneAt'),
      sortBy: ({ goneAtMs }) => goneAtMs,
      cell: ({ goneAtMs }) => formatTime(goneAtMs, nowMs, i18n.language),
    },
    {
      id: 'actions',
      label: t('removed.actions'),
      cell: (thing) => (
        <Button
          size="small"
          aria-label={t('removed.restoreNamed', { name: thing.name })}
          onClick={() => void restore(thing)}
        >
          {t('removed.restore')}
        </Button>
      ),
    },
  ];
  const things = removed.data === undefined ? [] : removedThings(removed.data);
  const days = REMOVED_KEPT_DAYS;
  return (
    <Box component="section" id="removed" sx={{ flexShrink: 0 }}>
      <Typography variant="h2">{t('removed.title')}</Typography>
      {removed.error && <LoadFailed error={removed.error} onRetry={() => void removed.refetch()} />}
      <Typography color="textSecondary">
        {t(things.length === 0 ? 'removed.empty' : 'removed.text', { days })}
      </Typography>
      {things.length > 0 && (
        <SortableTable
          label={t('removed.title')}
          columns={columns}
          rows={things}
          rowKey={({ kind, id }) => kind + id}
          queryKey="sortRemoved"
        />
      )}
    </Box>
  );
}

type Removed = NonNullable<ReturnType<typeof useHostQuery<'listRemoved'>>['data']>;

/** Newest first. */
function removedThings({ runs, sweeps }: Removed): RemovedThing[] {
  return [
    ...sweeps.map(({ sweep: { id, number, name }, ...times }): RemovedThing => ({
      kind: 'sweep',
      id,
      name: `s${number} ${name}`,
      ...times,
    })),
    ...runs.map(({ run: { id, number, label }, ...times }): RemovedThing => ({
      kind: 'run',
      id,
      name: `r${number} ${label}`,
      ...times,
    })),
  ].sort((one, other) => other.removedAtMs - one.removedAtMs);
}
