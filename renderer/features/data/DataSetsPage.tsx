// The data sets that come with the studio and those added to it. Runs in the renderer.
import { useMemo } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { DataSetEntry } from '../../../contracts/library.ts';
import { useCommands } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { reported } from '../../app/reported.ts';
import { offerUndo } from '../../app/undo.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { SortableTable } from '../../components/SortableTable.tsx';
import type { TableColumn } from '../../components/SortableTable.tsx';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { MISSING, formatCount, formatFileSize } from '../../format.ts';
import { useFileAdder } from '../../components/library/add-files.ts';
import { LibraryTabs } from '../../components/library/LibraryTabs.tsx';
import { UsedBy } from '../../components/library/UsedBy.tsx';
import { UploadRows } from '../../components/library/UploadRows.tsx';

export function DataSetsPage() {
  const { t } = useTranslation('data');
  const dataSets = useHostQuery('listDataSets', {});
  const { chooseFiles } = useFileAdder();
  const commands = useMemo(
    () => [{ id: 'data.addFiles', section: 'do' as const, title: t('addFiles'), run: () => void chooseFiles('data') }],
    [t, chooseFiles],
  );
  useCommands(commands);
  return (
    <Page
      title={t('title')}
      titleDetail={<Typography color="textSecondary">{t('dropHint')}</Typography>}
      actions={
        <Button variant="contained" onClick={() => void chooseFiles('data')}>
          {t('addFiles')}
        </Button>
      }
    >
      <LibraryTabs />
      <UploadRows kind="data" />
      {dataSets.error && <LoadFailed error={dataSets.error} onRetry={() => void dataSets.refetch()} />}
      {!dataSets.error && dataSets.data === undefined && <Loading heightPx={200} />}
      {dataSets.data?.length === 0 && <EmptyState text={t('empty')} />}
      {dataSets.data && dataSets.data.length > 0 && <DataSetTable dataSets={dataSets.data} />}
    </Page>
  );
}

function DataSetTable({ dataSets }: { dataSets: readonly DataSetEntry[] }) {
  const { t } = useTranslation('data');
  const remove = useRemoveDataSet();
  const columns: TableColumn<DataSetEntry>[] = [
    {
      id: 'name',
      label: t('columns.name'),
      sortBy: ({ name }) => name,
      cell: ({ id, name, failure }) => (
        <>
          <Link component={RouterLink} to={`/data/${id}`} sx={{ overflowWrap: 'anywhere' }}>
            {name}
          </Link>
          {failure !== null && (
            <Typography variant="body2" color="error">
              {failure}
            </Typography>
          )}
        </>
      ),
    },
    {
      id: 'rows',
      label: t('columns.rows'),
      isNumber: true,
      sortBy: ({ rowCount }) => rowCount,
      cell: ({ rowCount }) => formatCount(rowCount),
    },
    {
      id: 'size',
      label: t('columns.size'),
      isNumber: true,
      sortBy: ({ sizeBytes }) => sizeBytes,
      cell: ({ sizeBytes, source }) => {
        if (sizeBytes !== null) return formatFileSize(sizeBytes);
        return source === 'built-in' ? t('fileMissing') : MISSING;
      },
    },
    {
      id: 'description',
      label: t('columns.description'),
      cell: ({ description, path }) => (
        <Box component="span" sx={{ overflowWrap: 'anywhere' }}>
          {description === '' ? path : description}
        </Box>
      ),
    },
    { id: 'usedBy', label: t('columns.usedBy'), cell: ({ usedBy }) => <UsedBy sweeps={usedBy} /> },
    {
      id: 'actions',
      label: t('columns.actions'),
      cell: (dataSet) =>
        dataSet.source === 'added' && (
          <Button
            size="small"
            aria-label={t('removeNamed', { name: dataSet.name })}
            onClick={() => void remove(dataSet)}
          >
            {t('remove')}
          </Button>
        ),
    },
  ];
  return <SortableTable label={t('title')} columns={columns} rows={dataSets} rowKey={({ id }) => id} />;
}

/** Takes a data set off the list; its file stays, and Undo links it again. */
function useRemoveDataSet(): (dataSet: DataSetEntry) => Promise<void> {
  const { t } = useTranslation('data');
  const connection = useHostConnection();
  return reported(async ({ id, name, reference }: DataSetEntry) => {
    const remove = () => connection.call('removeDataSet', { id });
    await remove();
    offerUndo({
      message: t('removed', { name }),
      undo: () => connection.call('addDataSet', { path: reference }),
      redo: remove,
    });
  });
}
