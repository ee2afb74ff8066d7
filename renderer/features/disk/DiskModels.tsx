// What each model of the data folder takes. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { ModelEntry } from '../../../contracts/library.ts';
import { SortableTable } from '../../components/SortableTable.tsx';
import type { TableColumn } from '../../components/SortableTable.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatFileSize } from '../../format.ts';
import { DeleteModelDialog } from '../../components/library/DeleteModelDialog.tsx';
import { modelName } from '../../components/library/model-name.ts';

export function DiskModels() {
  const { t } = useTranslation('disk');
  const models = useHostQuery('listModels', {}).data ?? [];
  const [deleting, setDeleting] = useState<ModelEntry | null>(null);
  const own = models.filter(({ source }) => source === 'models-folder');
  const columns: TableColumn<ModelEntry>[] = [
    {
      id: 'name',
      label: t('models.name'),
      sortBy: modelName,
      cell: (model) => (
        <Link component={RouterLink} to={`/models/${model.id}`}>
          {modelName(model)}
        </Link>
      ),
    },
    {
      id: 'size',
      label: t('models.size'),
      isNumber: true,
      sortBy: ({ sizeBytes }) => sizeBytes,
      cell: ({ sizeBytes }) => formatFileSize(sizeBytes ?? 0),
    },
    {
      id: 'actions',
      label: t('models.actions'),
      cell: (model) => (
        <Button
          size="small"
          aria-label={t('models.deleteNamed', { name: modelName(model) })}
          onClick={() => setDeleting(model)}
        >
          {t('models.delete')}
        </Button>
      ),
    },
  ];
  return (
    <Box component="section" sx={{ flexShrink: 0 }}>
      <Typography variant="h2">{t('models.title')}</Typography>
      {own.length === 0 ? (
        <Typography color="textSecondary">{t('models.empty')}</Typography>
      ) : (
        <SortableTable
          label={t('models.title')}
          columns={columns}
          rows={own}
          rowKey={({ id }) => id}
          queryKey="sortModels"
        />
      )}
      {deleting && <DeleteModelDialog model={deleting} onClose={() => setDeleting(null)} />}
    </Box>
  );
}
