// All runs of the data folder in one table: found, ordered, tagged, taken to Compare. Runs in the renderer.
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { createStore, useStore } from 'zustand';
import type { StoreApi } from 'zustand';
import { AppError, errorMessage } from '../../../contracts/app-error.ts';
import type { RunTableResult, RunTableRow } from '../../../contracts/run-table.ts';
import { useCommands } from '../../app/commands.ts';
import type { Command } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { runListText } from '../../app/run-list.ts';
import { clearSelection, useSelection, useSelectionInAddress } from '../../app/selection.ts';
import { SHORTCUTS } from '../../app/shortcuts.ts';
import { showToast } from '../../app/toasts.ts';
import { ActionButton } from '../../components/ActionButton.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { formatCount } from '../../format.ts';
import { useQueueActions } from '../../components/queue/queue-actions.ts';
import { NoteEditor } from './NoteEditor.tsx';
import { useRunActions } from './run-actions.ts';
import type { RunActions } from './run-actions.ts';
import { RunGrid } from './RunGrid.tsx';
import { RunsToolbar } from './RunsToolbar.tsx';
import { TagDialog } from './TagDialog.tsx';
import { useFirstPage, useFreshRunTable } from './use-run-table.ts';
import { useRunsView } from './use-runs-view.ts';
import type { RunsView } from './use-runs-view.ts';

/** Rows on the screen. In a store of its own, so that scrolling does not draw the page anew. */
interface VisibleRows {
  first: number;
  last: number;
}

interface NoteEditing {
  row: RunTableRow;
  note: string;
  anchor: HTMLElement;
}

export function RunsPage() {
  const { t } = useTranslation('runs');
  useSelectionInAddress('/runs');
  useFreshRunTable();
  const view = useRunsView();
  const table = useFirstPage(view.query);
  const choices = useHostQuery('runColumns', {}, { staleTime: 0 }).data;
  const actions = useRunActions();
  const ids = useSelection((state) => state.ids);
  const selected = useMemo(() => [...ids], [ids]);
  const [tagged, setTagged] = useState<readonly string[] | null>(null);
  const [noteEditing, setNoteEditing] = useState<NoteEditing | null>(null);
  const [visible] = useState(() => createStore<VisibleRows>(() => ({ first: 0, last: -1 })));
  const filterRef = useRef<HTMLInputElement>(null);
  const compare = useCompare(selected);
  useRunsCommands({ selected, actions, compare, filterRef });

  const isBadFilter = table.error instanceof AppError && table.error.code === 'BAD_INPUT' && view.filter !== '';
  const data = table.data;
  const onEdit = (row: RunTableRow, column: 'tags' | 'note', anchor: HTMLElement) => {
    if (column === 'tags') setTagged(row.runIds);
    else {
      const place = data?.columns.findIndex(({ key }) => key === 'note') ?? -1;
      setNoteEditing({ row, note: String(row.cells[place]?.value ?? ''), anchor });
    }
  };
  return (
    <Page
      title={t('title')}
      titleDetail={data && <Typography color="textSecondary">{countText(data, t)}</Typography>}
      actions={
        <ActionButton
          variant={data?.totalRuns === 0 ? 'outlined' : 'contained'}
          disabledReason={compare.disabledReason}
          onClick={compare.run}
        >
          {selected.length === 0
            ? t('compare')
            : t('compareCount', { count: selected.length, text: formatCount(selected.length) })}
        </ActionButton>
      }
    >
      <RunsToolbar
        view={view}
        choices={choices}
        filterError={isBadFilter ? errorMessage(table.error) : null}
        filterRef={filterRef}
      />
      {table.error && !isBadFilter && <LoadFailed error={table.error} onRetry={() => void table.refetch()} />}
      {data === undefined && !table.error && <Loading heightPx={400} />}
      {data !== undefined && data.totalRuns === 0 && <NoRuns />}
      {data !== undefined && data.totalRuns > 0 && data.totalRows === 0 && <NoMatch view={view} />}
      {data !== undefined && data.totalRows > 0 && (
        <>
          <RunGrid
            view={view}
            table={data}
            isOutdated={table.isPlaceholderData}
            onVisibleRows={(first, last) => visible.setState({ first, last })}
            onEdit={onEdit}
          />
          <Footer
            {...{ selected, actions, view }}
            onTag={() => setTagged(selected)}
            rows={<RowsShown visible={visible} totalRows={data.totalRows} />}
          />
        </>
      )}
      <TagDialog ids={tagged} onClose={() => setTagged(null)} onSave={(...change) => void actions.tag(...change)} />
      {noteEditing && (
        <NoteEditor
          label={noteEditing.row.label}
          note={noteEditing.note}
          anchor={noteEditing.anchor}
          onClose={() => setNoteEditing(null)}
          onSave={(note) => void actions.note(noteEditing.row.id, note, noteEditing.note)}
        />
      )}
    </Page>
  );
}

function countText(
  { totalRuns, matchedRuns }: RunTableResult,
  t: ReturnType<typeof useTranslation<'runs'>>['t'],
): string {
  const total = formatCount(totalRuns);
  return matchedRuns === totalRuns ? total : t('matched', { matched: formatCount(matchedRuns), total });
}

function RowsShown({ visible, totalRows }: { visible: StoreApi<VisibleRows>; totalRows: number }) {
  const { t } = useTranslation('runs');
  // After the rows themselves.
  const { first, last } = useDeferredValue(useStore(visible));
  const [from, to] = [first, last].map((row) => formatCount(Math.min(row + 1, totalRows)));
  return <Typography color="textSecondary">{t('rowsShown', { from, to, total: formatCount(totalRows) })}</Typography>;
}

function NoRuns() {
  const { t } = useTranslation('runs');
  const { runDemo } = useQueueActions();
  return (
    <EmptyState
      text={t('empty')}
      actions={
        <Button variant="contained" onClick={() => void runDemo()}>
          {t('runDemo')}
        </Button>
      }
    />
  );
}

function NoMatch({ view }: { view: RunsView }) {
  const { t } = useTranslation('runs');
  return (
    <EmptyState
      text={t('noMatch', { filter: view.filter })}
      actions={
        <Button variant="text" onClick={() => view.setFilter('')}>
          {t('clearFilter')}
        </Button>
      }
    />
  );
}

interface FooterProps {
  selected: readonly string[];
  actions: RunActions;
  view: RunsView;
  onTag: () => void;
  rows: ReactNode;
}

/** What can be done with the selection, and which rows are seen. Its place is kept while nothing is selected. */
function Footer({ selected, actions, view, onTag, rows }: FooterProps) {
  const { t } = useTranslation('runs');
  const isAny = selected.length > 0;
  const query = { ...view.query, ...(isAny ? { filter: '', runs: [...selected] } : {}) };
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 2, minHeight: 32 }}>
      {isAny && (
        <>
          <Typography>{t('selected', { count: selected.length, text: formatCount(selected.length) })}</Typography>
          <Button size="small" onClick={onTag}>
            {t('tag')}
          </Button>
        </>
      )}
      <Button size="small" variant={isAny ? 'outlined' : 'text'} onClick={() => void actions.exportTable(query, 'csv')}>
        {t('exportCsv')}
      </Button>
      <Button
        size="small"
        variant={isAny ? 'outlined' : 'text'}
        onClick={() => void actions.exportTable(query, 'json')}
      >
        {t('exportJson')}
      </Button>
      {isAny && (
        <>
          <Button size="small" onClick={() => void actions.retry(selected)}>
            {t('retry')}
          </Button>
          <Button size="small" onClick={() => void actions.remove(selected)}>
            {t('remove')}
          </Button>
          <Button size="small" variant="text" onClick={clearSelection}>
            {t('clearSelection')}
          </Button>
        </>
      )}
      <Box sx={{ flex: 1 }} />
      {rows}
    </Box>
  );
}

interface CompareAction {
  disabledReason: string | undefined;
  run: () => void;
}

function useCompare(selected: readonly string[]): CompareAction {
  const { t } = useTranslation('runs');
  const navigate = useNavigate();
  const connection = useHostConnection();
  return useMemo(
    () => ({
      disabledReason: selected.length === 0 ? t('compareNeedsRuns') : undefined,
      run: () => {
        const text = runListText(connection, '/compare', selected);
        void text.then(
          (runs) => navigate(`/compare?${new URLSearchParams({ runs })}`),
          (error: unknown) => showToast(errorMessage(error), { tone: 'failure' }),
        );
      },
    }),
    [selected, connection, navigate, t],
  );
}

interface RunsCommandOptions {
  selected: readonly string[];
  actions: RunActions;
  compare: CompareAction;
  filterRef: React.RefObject<HTMLInputElement | null>;
}

function useRunsCommands({ selected, actions, compare, filterRef }: RunsCommandOptions): void {
  const { t } = useTranslation('runs');
  const commands = useMemo((): Command[] => {
    const needsSelection = selected.length === 0 ? { disabledReason: t('selectFirst') } : {};
    return [
      {
        id: 'runs.filter',
        section: 'do',
        title: t('focusFilter'),
        keys: SHORTCUTS.filter.focus,
        run: () => filterRef.current?.focus(),
      },
      {
        id: 'runs.compare',
        section: 'do',
        title: t('compareSelection'),
        keys: SHORTCUTS.compareSelection.open,
        ...(compare.disabledReason === undefined ? {} : { disabledReason: compare.disabledReason }),
        run: compare.run,
      },
      {
        id: 'runs.retry',
        section: 'do',
        title: t('retrySelection'),
        keys: SHORTCUTS.retry.ask,
        ...needsSelection,
        run: () => void actions.retry(selected),
      },
      {
        id: 'runs.remove',
        section: 'do',
        title: t('removeSelection'),
        keys: SHORTCUTS.remove.ask,
        ...needsSelection,
        run: () => void actions.remove(selected),
      },
      { id: 'runs.clear', section: 'do', title: t('clearSelection'), keys: SHORTCUTS.clear.ask, run: clearSelection },
    ];
  }, [selected, actions, compare, filterRef, t]);
  useCommands(commands);
}
