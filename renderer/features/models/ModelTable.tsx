// The models of the data folder, one a row. Runs in the renderer.
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
import { MISSING, formatFileSize, formatMemory, formatShortCount } from '../../format.ts';
import { DeleteModelDialog } from '../../components/library/DeleteModelDialog.tsx';
import { modelName } from '../../components/library/model-name.ts';
import { UsedBy } from '../../components/library/UsedBy.tsx';
import { useModelActions } from './model-actions.ts';
import { chatFit, trainingFit } from './model-fit.ts';
import type { Fit } from './model-fit.ts';

export function ModelTable({ models }: { models: readonly ModelEntry[] }) {
  const { t } = useTranslation('models');
  const [deleting, setDeleting] = useState<ModelEntry | null>(null);
  const actions = useModelActions();
  const columns: TableColumn<ModelEntry>[] = [
    {
      id: 'name',
      label: t('columns.name'),
      sortBy: modelName,
      cell: (model) => (
        <>
          <Link component={RouterLink} to={`/models/${model.id}`} sx={{ overflowWrap: 'anywhere' }}>
            {modelName(model)}
          </Link>
          {modelName(model) !== model.fileName && (
            <Typography variant="caption" component="div" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
              {model.fileName}
            </Typography>
          )}
        </>
      ),
    },
    {
      id: 'family',
      label: t('columns.family'),
      sortBy: ({ inspection }) => inspection?.architecture ?? null,
      cell: ({ inspection }) => inspection?.architecture ?? MISSING,
    },
    {
      id: 'parameters',
      label: t('columns.parameters'),
      isNumber: true,
      sortBy: ({ inspection }) => inspection?.parameterCount ?? null,
      cell: ({ inspection }) => formatShortCount(inspection?.parameterCount),
    },
    {
      id: 'type',
      label: t('columns.type'),
      sortBy: ({ inspection }) => inspection?.weightType ?? null,
      cell: ({ inspection }) => inspection?.weightType ?? MISSING,
    },
    {
      id: 'size',
      label: t('columns.size'),
      isNumber: true,
      sortBy: ({ sizeBytes }) => sizeBytes,
      cell: ({ sizeBytes }) => (sizeBytes === null ? t('fileGone') : formatFileSize(sizeBytes)),
    },
    { id: 'train', label: t('columns.train'), cell: (model) => <FitText fit={trainingFit(model)} model={model} /> },
    { id: 'chat', label: t('columns.chat'), cell: (model) => <FitText fit={chatFit(model)} model={model} /> },
    { id: 'usedBy', label: t('columns.usedBy'), cell: ({ usedBy }) => <UsedBy sweeps={usedBy} /> },
    {
      id: 'actions',
      label: t('columns.actions'),
      cell: (model) =>
        model.source !== 'built-in' && (
          <Button
            size="small"
            aria-label={t('removeNamed', { name: modelName(model) })}
            onClick={() => {
              if (model.source === 'added') void actions.removeLink(model);
              else setDeleting(model);
            }}
          >
            {t('remove')}
          </Button>
        ),
    },
  ];
  return (
    <>
      <SortableTable label={t('title')} columns={columns} rows={models} rowKey={({ id }) => id} />
      {deleting && <DeleteModelDialog model={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

/** Yes, how much memory is missing, or why it is not known; the model's page says more. */
function FitText({ fit, model }: { fit: Fit; model: ModelEntry }) {
  const { t } = useTranslation('models');
  const words = fit.kind === 'short' ? t('fit.short', { size: formatMemory(fit.byBytes) }) : t(`fit.${fit.kind}`);
  const needsReason = fit.kind === 'short' || fit.kind === 'no' || fit.kind === 'unreadable';
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 2, whiteSpace: 'nowrap' }}>
      {words}
      {needsReason && (
        <Button
          size="small"
          variant="text"
          component={RouterLink}
          to={`/models/${model.id}`}
          aria-label={t('whyOf', { name: modelName(model) })}
        >
          {t('why')}
        </Button>
      )}
    </Box>
  );
}
