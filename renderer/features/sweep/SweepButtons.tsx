// What can be done to a sweep, top right: the filled button completes it, or opens its front. Runs in the renderer.
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { ActionMenu } from '../../components/ActionMenu.tsx';
import { MenuButton } from '../../components/MenuButton.tsx';
import type { SweepActions } from './sweep-actions.ts';
import type { SweepProgress } from './sweep-layout.ts';

export interface SweepButtonsProps {
  progress: SweepProgress;
  actions: SweepActions;
  onExtend: () => void;
  onExportFigure: () => void;
  onOpenFront: () => void;
}

export function SweepButtons({ progress, actions, onExtend, onExportFigure, onOpenFront }: SweepButtonsProps) {
  const { t } = useTranslation('sweep');
  const { missing, unsettled, running } = progress;
  return (
    <>
      <Button onClick={onExtend}>{t('extend')}</Button>
      <MenuButton
        actions={[
          { label: t('exportCsv'), run: () => actions.exportCells('csv') },
          { label: t('exportJson'), run: () => actions.exportCells('json') },
          { label: t('exportFigure'), run: onExportFigure },
        ]}
      >
        {t('export')}
      </MenuButton>
      <ActionMenu
        label={t('more')}
        actions={[
          {
            label: t('cancelSweep'),
            run: actions.cancel,
            disabledReason: unsettled === 0 ? t('nothingToCancel') : undefined,
          },
          {
            label: t('removeSweep'),
            run: actions.remove,
            disabledReason: running > 0 ? t('cancelFirst') : undefined,
          },
        ]}
      />
      {missing > 0 ? (
        <Button variant="contained" onClick={actions.retryMissing}>
          {t('retryMissing', { count: missing })}
        </Button>
      ) : (
        <Button variant="contained" onClick={onOpenFront}>
          {t('openFront')}
        </Button>
      )}
    </>
  );
}
