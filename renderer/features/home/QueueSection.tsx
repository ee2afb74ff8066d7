// What waits, in order: moved by drag, by keys, by menu. Runs in the renderer.
import { memo, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { DndContext, PointerSensor, closestCenter, useSensor, useSensors } from '@dnd-kit/core';
import type { DragEndEvent } from '@dnd-kit/core';
import { SortableContext, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable';
import DragIcon from '@mui/icons-material/DragIndicator';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { Queue, QueueEntry } from '../../../contracts/queue.ts';
import { runLabel } from '../../app/run-names.ts';
import { SHORTCUTS, actionOf } from '../../app/shortcuts.ts';
import { ActionMenu } from '../../components/ActionMenu.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { formatEstimate } from '../../format.ts';
import { EditRunDialog } from './EditRunDialog.tsx';
import type { QueueActions } from '../../components/queue/queue-actions.ts';

/** A press that moves less is a click. */
const LEAST_DRAG_PX = 4;

export function QueueSection({ queue, actions }: { queue: Queue; actions: QueueActions }) {
  const { t } = useTranslation('home');
  const { waiting, waitingCount, remainingMs, withoutEstimate, status } = queue;
  return (
    <Box component="section" aria-labelledby="home-queue">
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 3 }}>
        <Typography variant="h2" id="home-queue">
          {t('queue', { count: waitingCount })}
        </Typography>
        <Typography color="textSecondary">
          {remainingMs !== null && waitingCount > 0 && formatEstimate(remainingMs)}{' '}
          {withoutEstimate > 0 && remainingMs !== null && t('withoutEstimate', { count: withoutEstimate })}
        </Typography>
        <Box sx={{ flex: 1 }} />
        <FormControlLabel
          control={
            <Checkbox
              size="small"
              checked={status.continueAfterFailure}
              onChange={(event) => void actions.setContinueAfterFailure(event.target.checked)}
            />
          }
          label={t('continueAfterFailure')}
        />
      </Box>
      {waiting.length === 0 ? (
        <EmptyState
          text={t('queueEmpty')}
          actions={
            <Button variant="text" component={RouterLink} to="/sweeps/new">
              {t('newSweep')}
            </Button>
          }
        />
      ) : (
        <QueueList waiting={waiting} actions={actions} />
      )}
      {waiting.length < waitingCount && (
        <Typography color="textSecondary">{t('shownOf', { shown: waiting.length, count: waitingCount })}</Typography>
      )}
    </Box>
  );
}

interface QueueListProps {
  waiting: readonly QueueEntry[];
  actions: QueueActions;
}

/** Memoised: what changes about the run under way draws none of the hundreds that wait. */
const QueueList = memo(function QueueList({ waiting, actions }: QueueListProps) {
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: LEAST_DRAG_PX } }));
  const ids = waiting.map(({ run }) => run.id);
  const onDragEnd = ({ active, over }: DragEndEvent) => {
    if (over !== null) void actions.move(String(active.id), ids.indexOf(String(over.id)));
  };
  return (
    <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={onDragEnd}>
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <Box component="ol" sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {waiting.map((entry, index) => (
            <QueueRow key={entry.run.id} entry={entry} index={index} count={waiting.length} actions={actions} />
          ))}
        </Box>
      </SortableContext>
    </DndContext>
  );
});

interface QueueRowProps {
  entry: QueueEntry;
  index: number;
  count: number;
  actions: QueueActions;
}

/** Only the number of the place is drawn again when rows before it go: hundreds may wait. */
function QueueRow({ entry, index, count, actions }: QueueRowProps) {
  const { run } = entry;
  const { setNodeRef, setActivatorNodeRef, listeners, transform, transition, isDragging } = useSortable({ id: run.id });
  const onKeyDown = (event: KeyboardEvent) => {
    const row = event.currentTarget;
    // Keys of a menu or dialog of the row arrive here, too, though they are drawn elsewhere.
    if (!row.contains(event.target as Node)) return;
    const { move, moveInQueue, moveToTop, remove } = SHORTCUTS;
    const moveTo = (place: number) => place >= 0 && place < count && void actions.move(run.id, place);
    const act = actionOf(event.nativeEvent, [
      [move.up, () => focusNeighbour(row, -1)],
      [move.previous, () => focusNeighbour(row, -1)],
      [move.down, () => focusNeighbour(row, 1)],
      [move.next, () => focusNeighbour(row, 1)],
      [moveInQueue.up, () => moveTo(index - 1)],
      [moveInQueue.down, () => moveTo(index + 1)],
      [moveToTop.ask, () => moveTo(0)],
      [
        remove.ask,
        () => {
          focusNeighbour(row, index + 1 < count ? 1 : -1);
          void actions.remove(entry);
        },
      ],
    ]);
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return (
    <Box
      component="li"
      ref={setNodeRef}
      onKeyDown={onKeyDown}
      style={{
        transform: transform ? `translateY(${transform.y}px)` : undefined,
        transition,
        zIndex: isDragging ? 1 : 'auto',
      }}
      sx={[ROW, isDragging && { boxShadow: 8 }]}
    >
      <DragHandle run={run} listeners={listeners} handleRef={setActivatorNodeRef} />
      <Box component="span" sx={PLACE}>
        {index + 1}
      </Box>
      <RowContent entry={entry} actions={actions} />
    </Box>
  );
}

const ROW = {
  display: 'flex',
  alignItems: 'center',
  gap: 3,
  minHeight: 'var(--row-height)',
  borderBottom: 1,
  borderColor: 'divider',
  bgcolor: 'background.default',
  position: 'relative',
};
const PLACE = { typography: 'body1', color: 'text.secondary', width: 28, textAlign: 'right' };

interface DragHandleProps {
  run: QueueEntry['run'];
  listeners: ReturnType<typeof useSortable>['listeners'];
  handleRef: (element: HTMLElement | null) => void;
}

const DragHandle = memo(function DragHandle({ run, listeners, handleRef }: DragHandleProps) {
  const { t } = useTranslation('home');
  return (
    <IconButton
      ref={handleRef}
      {...listeners}
      aria-label={t('dragHandle', { label: runLabel(run) })}
      sx={{ cursor: 'grab', touchAction: 'none' }}
    >
      <DragIcon fontSize="small" />
    </IconButton>
  );
});

const RowContent = memo(function RowContent({ entry, actions }: Pick<QueueRowProps, 'entry' | 'actions'>) {
  const { t } = useTranslation('home');
  const { run, sweeps, estimate } = entry;
  const [isEditing, setEditing] = useState(false);
  const openEditor = () => setEditing(true);
  // What has trained a step would have to begin anew.
  const isEditable = run.startedAtMs === null;
  return (
    <>
      <Link component={RouterLink} to={`/runs/r${run.number}`} noWrap sx={{ flex: '0 1 360px' }}>
        {runLabel(run)}
      </Link>
      <Typography color="textSecondary" noWrap sx={{ flex: '0 1 160px' }}>
        {sweeps[0] && `s${sweeps[0].number} ${sweeps[0].name}`}
      </Typography>
      <Typography color="textSecondary" noWrap sx={{ flex: 1 }}>
        {estimate && formatEstimate(estimate.durationMs)}
      </Typography>
      {isEditable && (
        <Button size="small" variant="text" aria-label={t('editOf', { label: runLabel(run) })} onClick={openEditor}>
          {t('edit')}
        </Button>
      )}
      <ActionMenu
        label={t('moreFor', { label: runLabel(run) })}
        actions={[
          { label: t('moveToTop'), run: () => void actions.move(run.id, 0) },
          ...(isEditable ? [{ label: t('edit'), run: openEditor }] : []),
          { label: t('pause'), run: () => void actions.pause(entry) },
          { label: t('cancel'), run: () => void actions.cancel(entry) },
          { label: t('remove'), run: () => void actions.remove(entry) },
        ]}
      />
      {isEditing && <EditRunDialog run={run} actions={actions} onClose={() => setEditing(false)} />}
    </>
  );
});

/** The handle of the row before or after takes the focus. */
function focusNeighbour(row: Element, direction: 1 | -1): void {
  const neighbour = direction === 1 ? row.nextElementSibling : row.previousElementSibling;
  neighbour?.querySelector('button')?.focus();
}
