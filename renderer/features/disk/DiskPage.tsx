// Disk: what takes room, what may go, what was removed, what a sweep will need. Runs in the renderer.
import { useCallback, useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { DiskUse, PruneKind } from '../../../contracts/library.ts';
import { useCommands } from '../../app/commands.ts';
import type { Command } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { ActionButton } from '../../components/ActionButton.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatFileSize } from '../../format.ts';
import { LibraryTabs } from '../../components/library/LibraryTabs.tsx';
import { DiskModels } from './DiskModels.tsx';
import { DiskRuns } from './DiskRuns.tsx';
import { FreeSpaceDialog } from './FreeSpaceDialog.tsx';
import type { FreeRequest } from './FreeSpaceDialog.tsx';
import { PartBars } from './PartBars.tsx';
import { PlannedSweep } from './PlannedSweep.tsx';
import { PrunableList } from './PrunableList.tsx';
import { RemovedThings } from './RemovedThings.tsx';

export function DiskPage() {
  const { t } = useTranslation('disk');
  // Runs write without telling: what is shown is measured anew with each visit.
  const use = useHostQuery('diskUse', {}, { refetchOnMount: 'always' });
  return (
    <>
      {use.data ? (
        <LoadedDisk use={use.data} />
      ) : (
        <Page title={t('title')}>
          <LibraryTabs />
          {use.error ? <LoadFailed error={use.error} onRetry={() => void use.refetch()} /> : <Loading heightPx={320} />}
        </Page>
      )}
    </>
  );
}

function LoadedDisk({ use }: { use: DiskUse }) {
  const { t } = useTranslation('disk');
  const [chosen, setChosen] = useState<readonly PruneKind[]>(['completions', 'previous-checkpoints']);
  const [request, setRequest] = useState<FreeRequest | null>(null);
  const wanted = useMemo(
    () => use.prunable.filter(({ kind, sizeBytes }) => chosen.includes(kind) && sizeBytes > 0),
    [use, chosen],
  );
  const wantedBytes = wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const size = formatFileSize(wantedBytes);
  const isNothing = wanted.length === 0;
  const ask = useCallback(() => setRequest({ run: null, parts: wanted }), [wanted]);
  useFreeCommand(isNothing ? t('freeDisabled') : undefined, size, ask);
  return (
    <Page
      title={t('title')}
      titleDetail={
        <Typography color="textSecondary">
          {t('freeSpace', { free: formatFileSize(use.freeBytes), total: formatFileSize(use.totalBytes) })}
        </Typography>
      }
      actions={
        <ActionButton variant="contained" onClick={ask} disabledReason={isNothing ? t('freeDisabled') : undefined}>
          {t('free', { size })}
        </ActionButton>
      }
    >
      <LibraryTabs />
      <Typography color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
        {t('folder', { path: use.dataFolder })}
      </Typography>
      <Box
        sx={{
          display: 'grid',
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'repeat(2, minmax(0, 1fr))' },
          gap: 6,
          flexShrink: 0,
        }}
      >
        <PartBars use={use} />
        <PrunableList prunable={use.prunable} chosen={chosen} onChosen={setChosen} />
      </Box>
      <PlannedSweep />
      <DiskRuns runs={use.runs} onFree={setRequest} />
      <DiskModels />
      <RemovedThings />
      {request && <FreeSpaceDialog request={request} onClose={() => setRequest(null)} />}
    </Page>
  );
}

function useFreeCommand(disabledReason: string | undefined, size: string, run: () => void): void {
  const { t } = useTranslation('disk');
  const commands = useMemo(() => {
    const command: Command = { id: 'disk.free', section: 'do', title: t('free', { size }), run };
    return [disabledReason === undefined ? command : { ...command, disabledReason }];
  }, [t, size, disabledReason, run]);
  useCommands(commands);
}
