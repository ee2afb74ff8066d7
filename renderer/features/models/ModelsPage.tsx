// Models: what is here, what fits, what can be had, what is on its way. Runs in the renderer.
import { useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { useFileAdder } from '../../components/library/add-files.ts';
import { AddressDialog } from './AddressDialog.tsx';
import { LibraryTabs } from '../../components/library/LibraryTabs.tsx';
import { ModelTable } from './ModelTable.tsx';
import { StarterModels } from './StarterModels.tsx';
import { TransferTable } from './TransferTable.tsx';

export function ModelsPage() {
  const { t } = useTranslation('models');
  const models = useHostQuery('listModels', {});
  const { chooseFiles } = useFileAdder();
  const [isAdding, setAdding] = useState(false);
  const commands = useMemo(
    () => [
      { id: 'models.addFiles', section: 'do' as const, title: t('addFiles'), run: () => void chooseFiles('models') },
      { id: 'models.addFromAddress', section: 'do' as const, title: t('addFromAddress'), run: () => setAdding(true) },
    ],
    [t, chooseFiles],
  );
  useCommands(commands);
  return (
    <Page
      title={t('title')}
      titleDetail={<Typography color="textSecondary">{t('dropHint')}</Typography>}
      actions={
        <>
          <Button onClick={() => setAdding(true)}>{t('addFromAddress')}</Button>
          <Button variant="contained" onClick={() => void chooseFiles('models')}>
            {t('addFiles')}
          </Button>
        </>
      }
    >
      <LibraryTabs />
      {models.error && <LoadFailed error={models.error} onRetry={() => void models.refetch()} />}
      {!models.error && models.data === undefined && <Loading heightPx={160} />}
      {models.data?.length === 0 && <EmptyState text={t('empty')} />}
      {models.data && models.data.length > 0 && (
        <Box component="section" sx={{ flexShrink: 0 }}>
          <ModelTable models={models.data} />
        </Box>
      )}
      <StarterModels />
      <TransferTable />
      {isAdding && <AddressDialog onClose={() => setAdding(false)} />}
    </Page>
  );
}
