// The rows of a data set, of which only those on the screen are drawn and fetched. Runs in the renderer.
import { useEffect, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQueries } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useTranslation } from 'react-i18next';
import type { DataRowView } from '../../../contracts/library.ts';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { usePreferences } from '../../connection/preferences.ts';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { hostQueryKey } from '../../connection/query-client.ts';
import { MISSING, formatCount } from '../../format.ts';
import { ROW_HEIGHT_PX } from '../../theme/tokens.ts';

const BLOCK_ROWS = 100;
const HEIGHT_PX = 360;
const COLUMNS = '64px minmax(0, 3fr) minmax(0, 1fr)';
const PAGE_ROWS = 10;

export interface DataRowsProps {
  id: string;
  /** The chosen line, from 1. */
  line: number;
  onLine: (line: number) => void;
}

export function DataRows({ id, line, onLine }: DataRowsProps) {
  const { t } = useTranslation('data');
  const first = useHostQuery('dataSetRows', { id, offset: 0, limit: BLOCK_ROWS });
  const total = first.data?.total ?? null;
  return (
    <Box component="section" aria-labelledby="data-rows">
      <Typography variant="h2" id="data-rows">
        {t('rows.title')}
      </Typography>
      <Typography variant="caption" color="textSecondary">
        {t('rows.hint')}
      </Typography>
      {first.error && <LoadFailed error={first.error} onRetry={() => void first.refetch()} />}
      {!first.error && total === null && <Loading heightPx={HEIGHT_PX} />}
      {total === 0 && <Typography>{t('rows.empty')}</Typography>}
      {total !== null && total > 0 && <RowGrid id={id} total={total} line={line} onLine={onLine} />}
    </Box>
  );
}

function RowGrid({ id, total, line, onLine }: DataRowsProps & { total: number }) {
  const { t } = useTranslation('data');
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeightPx = ROW_HEIGHT_PX[usePreferences().density];
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const rowAt = useBlocks(id, items);
  const chosen = Math.min(line, total) - 1;
  useEffect(() => {
    virtualizer.scrollToIndex(chosen);
  }, [virtualizer, chosen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const next: Record<string, number> = {
      ArrowDown: chosen + 1,
      j: chosen + 1,
      ArrowUp: chosen - 1,
      k: chosen - 1,
      PageDown: chosen + PAGE_ROWS,
      PageUp: chosen - PAGE_ROWS,
      Home: 0,
      End: total - 1,
    };
    const index = next[event.key];
    if (index === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onLine(Math.min(total, Math.max(1, index + 1)));
  };
  return (
    <Box
      role="grid"
      aria-labelledby="data-rows"
      aria-rowcount={total + 1}
      aria-colcount={3}
      aria-activedescendant={`row-${chosen}`}
      tabIndex={0}
      ref={scroller}
      onKeyDown={onKeyDown}
      sx={{
        height: HEIGHT_PX,
        overflow: 'auto',
        border: 1,
        borderColor: 'divider',
        borderRadius: 1,
        bgcolor: 'background.paper',
      }}
    >
      <Box
        role="row"
        aria-rowindex={1}
        sx={{
          display: 'grid',
          gridTemplateColumns: COLUMNS,
          position: 'sticky',
          top: 0,
          zIndex: 1,
          bgcolor: 'studio.sunken',
          typography: 'body2',
          fontWeight: 600,
        }}
      >
        {(['line', 'question', 'answer'] as const).map((column) => (
          <Box key={column} role="columnheader" sx={{ px: 2, py: 1 }}>
            {t(`rows.${column}`)}
          </Box>
        ))}
      </Box>
      <Box role="rowgroup" sx={{ position: 'relative', height: virtualizer.getTotalSize() }}>
        {items.map(({ index, start }) => (
          <Row
            key={index}
            index={index}
            topPx={start}
            heightPx={rowHeightPx}
            isChosen={index === chosen}
            row={rowAt(index)}
            onChoose={() => onLine(index + 1)}
          />
        ))}
      </Box>
    </Box>
  );
}

interface RowProps {
  index: number;
  topPx: number;
  heightPx: number;
  isChosen: boolean;
  /** Undefined while it is on its way. */
  row: DataRowView | undefined;
  onChoose: () => void;
}

function Row({ index, topPx, heightPx, isChosen, row, onChoose }: RowProps) {
  const { t } = useTranslation('data');
  const problem = row?.problem ?? null;
  return (
    <Box
      role="row"
      id={`row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      onClick={onChoose}
      sx={{
        position: 'absolute',
        top: topPx,
        height: heightPx,
        width: '100%',
        boxSizing: 'border-box',
        display: 'grid',
        gridTemplateColumns: COLUMNS,
        alignItems: 'center',
        cursor: 'pointer',
        typography: 'body2',
        borderBottom: 1,
        borderColor: 'divider',
        ...(isChosen && { bgcolor: 'studio.selectedRow', boxShadow: 'inset 3px 0 var(--mui-palette-primary-main)' }),
      }}
    >
      <Typography role="gridcell" variant="body2" noWrap sx={{ px: 2, textAlign: 'right' }}>
        {formatCount(row?.line ?? index + 1)}
      </Typography>
      <Typography
        role="gridcell"
        variant="body2"
        noWrap
        sx={{ px: 2 }}
        color={problem === null ? 'textPrimary' : 'error'}
      >
        {row === undefined && t('rows.loading')}
        {row && (problem === null ? questionOf(row) : t('rows.problem', { reason: problem.message }))}
      </Typography>
      <Typography role="gridcell" variant="body2" noWrap sx={{ px: 2 }}>
        {row?.answer ?? MISSING}
      </Typography>
    </Box>
  );
}

/** The question, or the last turn of the user. */
export function questionOf({ question, messages }: DataRowView): string {
  return question ?? messages?.findLast(({ role }) => role === 'user')?.content ?? MISSING;
}

/** Fetches the blocks that hold these rows. @returns the row at an index, undefined while it is on its way */
function useBlocks(id: string, items: readonly { index: number }[]): (index: number) => DataRowView | undefined {
  const connection = useHostConnection();
  const blocks = [...new Set(items.map(({ index }) => Math.floor(index / BLOCK_ROWS)))];
  const answers = useQueries({
    queries: blocks.map((block) => {
      const params = { id, offset: block * BLOCK_ROWS, limit: BLOCK_ROWS };
      return {
        queryKey: hostQueryKey('dataSetRows', params),
        queryFn: ({ signal }: { signal: AbortSignal }) => connection.call('dataSetRows', params, signal),
      };
    }),
  });
  return (index) => {
    const answer = answers[blocks.indexOf(Math.floor(index / BLOCK_ROWS))];
    return answer?.data?.rows[index % BLOCK_ROWS];
  };
}
