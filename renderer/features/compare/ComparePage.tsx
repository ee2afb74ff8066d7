// Compare: any number of runs side by side, their settings, results, curves and answers. Runs in the renderer.
import { useMemo, useState } from 'react';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { copyText } from '../../app/clipboard.ts';
import { useCommands } from '../../app/commands.ts';
import type { Command } from '../../app/commands.ts';
import { download } from '../../app/download.ts';
import { useLatest } from '../../app/latest.ts';
import { Page } from '../../app/Page.tsx';
import { reported } from '../../app/reported.ts';
import { offerUndo } from '../../app/undo.ts';
import { tableToCsv, tableToJson } from '../../charts/chart-table.ts';
import { Banner } from '../../components/Banner.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { MenuButton } from '../../components/MenuButton.tsx';
import { formatCount } from '../../format.ts';
import { AddRuns } from './AddRuns.tsx';
import { CompareControls } from './CompareControls.tsx';
import { CompareCurves } from './CompareCurves.tsx';
import { CompareTable } from './CompareTable.tsx';
import { SamePrompt } from './SamePrompt.tsx';
import { useCompareState } from './compare-state.ts';
import type { CompareState } from './compare-state.ts';
import { comparisonTable, tableToMarkdown, tableToTsv } from './results.ts';
import type { Side } from './sides.ts';
import { useChosenRuns, useComparison } from './use-comparison.ts';
import type { Comparison } from './use-comparison.ts';

export function ComparePage() {
  const { t } = useTranslation('compare');
  const state = useCompareState();
  const chosen = useChosenRuns(state.named);
  const { runs, unknown, all } = chosen;
  const comparison = useComparison(runs, state);
  const [isAdding, setAdding] = useState(false);
  const [isExporting, setExporting] = useState(false);
  const setRuns = (ids: readonly string[]) => void reported(state.setRuns)(ids);
  const ids = runs.map(({ id }) => id);
  const isEmpty = all !== undefined && state.named !== undefined && runs.length === 0;
  const canExport = comparison.sides.length > 0;
  const files = useFiles(comparison, state, () => setExporting(true));
  useCompareCommands(canExport ? files.exports[0]?.disabledReason : t('empty'), files, () => setAdding(true));
  const error = chosen.error ?? comparison.error;
  return (
    <Page
      title={runs.length === 0 ? t('title') : t('titleCount', { count: runs.length, text: formatCount(runs.length) })}
      actions={
        canExport && (
          <>
            <MenuButton actions={files.copies}>{t('copy')}</MenuButton>
            <MenuButton variant="contained" actions={files.exports}>
              {t('export')}
            </MenuButton>
          </>
        )
      }
    >
      {state.named === null && <Banner tone="warning">{t('listGone')}</Banner>}
      {unknown.length > 0 && (
        <Banner tone="warning" actions={<Button onClick={() => setRuns(ids)}>{t('leaveOut')}</Button>}>
          {t('unknown', { count: unknown.length, names: unknown.slice(0, 5).join(', ') })}
        </Banner>
      )}
      {error && <LoadFailed error={error} onRetry={() => [chosen, comparison].forEach(({ refetch }) => refetch())} />}
      {isEmpty && <NoRuns canAdd={all.length > 0} onAdd={() => setAdding(true)} />}
      {!error && (all === undefined || comparison.isPending) && <Loading heightPx={420} />}
      {canExport && (
        <>
          <CompareControls {...comparison} state={state} onAdd={() => setAdding(true)} />
          <CompareTable
            {...{ comparison, state }}
            onRemove={(side) => removeSide(side, ids, state.setRuns, t('removed', { name: side.label }))}
          />
          <CompareCurves {...{ comparison, state }} exporting={{ isOpen: isExporting, onChange: setExporting }} />
          <SamePrompt {...{ comparison, runs }} />
        </>
      )}
      <AddRuns
        isOpen={isAdding}
        runs={(all ?? []).filter((run) => !runs.includes(run))}
        onAdd={(added) => setRuns([...ids, ...added])}
        onClose={() => setAdding(false)}
      />
    </Page>
  );
}

function NoRuns({ canAdd, onAdd }: { canAdd: boolean; onAdd: () => void }) {
  const { t } = useTranslation('compare');
  return (
    <EmptyState
      text={t('empty')}
      actions={
        <>
          <Button variant="contained" component={RouterLink} to="/runs">
            {t('openRuns')}
          </Button>
          {canAdd && <Button onClick={onAdd}>{t('add')}</Button>}
        </>
      }
    />
  );
}

function removeSide(side: Side, ids: readonly string[], setRuns: CompareState['setRuns'], message: string): void {
  const gone = new Set(side.runs.map(({ id }: RunSummary) => id));
  const redo = () => setRuns(ids.filter((id) => !gone.has(id)));
  void reported(async () => {
    await redo();
    offerUndo({ message, undo: () => setRuns(ids), redo });
  })();
}

function useFiles(comparison: Comparison, { aggregate }: CompareState, openFigure: () => void) {
  const { t } = useTranslation('compare');
  const { sides, settings, modes, metric, values } = comparison;
  const isComplete = modes.every(({ result }) => result !== undefined) && comparison.bands !== undefined;
  const disabledReason = isComplete ? undefined : t('computing');
  const table = () => comparisonTable({ sides, settings, modes, aggregate, metric, values });
  const save = (text: string, mediaType: string, ending: string) =>
    download(new Blob([text], { type: mediaType }), `compare.${ending}`);
  return {
    copies: [
      { label: t('copyTable'), disabledReason, run: () => void copyText(tableToTsv(table()), t('copied')) },
      { label: t('copyMarkdown'), disabledReason, run: () => void copyText(tableToMarkdown(table()), t('copied')) },
    ],
    exports: [
      { label: 'CSV', disabledReason, run: () => save(tableToCsv(table()), 'text/csv', 'csv') },
      { label: 'JSON', disabledReason, run: () => save(tableToJson(table()), 'application/json', 'json') },
      { label: t('exportFigure'), run: openFigure },
    ],
  };
}

function useCompareCommands(
  disabledReason: string | undefined,
  files: ReturnType<typeof useFiles>,
  add: () => void,
): void {
  const { t } = useTranslation('compare');
  const latest = useLatest({ files, add });
  const commands = useMemo<Command[]>(() => {
    const reason = disabledReason === undefined ? {} : { disabledReason };
    return [
      { id: 'compare.add', section: 'do', title: t('addTitle'), run: () => latest.current.add() },
      {
        id: 'compare.copy',
        section: 'do',
        title: t('copyTable'),
        ...reason,
        run: () => latest.current.files.copies[0]?.run(),
      },
      {
        id: 'compare.csv',
        section: 'do',
        title: t('exportCsv'),
        ...reason,
        run: () => latest.current.files.exports[0]?.run(),
      },
    ];
  }, [t, disabledReason, latest]);
  useCommands(commands);
}
