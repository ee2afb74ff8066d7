// Above each axis: its name as the handle that moves it, log, direction, and the filter as fields. Runs in the renderer.
import { useState } from 'react';
import FilterIcon from '@mui/icons-material/FilterList';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import Popover from '@mui/material/Popover';
import TextField from '@mui/material/TextField';
import Tooltip from '@mui/material/Tooltip';
import { DndContext, PointerSensor, useSensor, useSensors } from '@dnd-kit/core';
import type { DragEndEvent } from '@dnd-kit/core';
import { SortableContext, horizontalListSortingStrategy, useSortable } from '@dnd-kit/sortable';
import { useTranslation } from 'react-i18next';
import { announce } from '../../app/announce.ts';
import { FrameSwitch } from '../ChartFrame.tsx';
import { axisX } from './AxisBrushes.tsx';
import type { AxisBrush, AxisChoice, ParallelAxis } from './parallel-axes.ts';

const CONTROL_WIDTH_PX = 108;

export interface AxisControlsProps {
  axes: readonly ParallelAxis[];
  brushes: ReadonlyMap<string, AxisBrush>;
  onBrush: (key: string, brush: AxisBrush | null) => void;
  /** What changes of an axis' look. */
  onAxis: (key: string, change: Partial<AxisChoice>) => void;
  onMove: (key: string, toIndex: number) => void;
  widthPx: number;
}

export function AxisControls({ axes, onMove, widthPx, ...props }: AxisControlsProps) {
  const { t } = useTranslation('charts');
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }));
  const move = (key: string, toIndex: number) => {
    const to = Math.max(0, Math.min(axes.length - 1, toIndex));
    onMove(key, to);
    announce(t('parallel.movedTo', { position: to + 1, count: axes.length }));
  };
  const onDragEnd = ({ active, over }: DragEndEvent) => {
    const to = axes.findIndex(({ key }) => key === over?.id);
    if (to !== -1 && active.id !== over?.id) move(String(active.id), to);
  };
  return (
    <DndContext sensors={sensors} onDragEnd={onDragEnd} accessibility={{ screenReaderInstructions: { draggable: '' } }}>
      <SortableContext items={axes.map(({ key }) => key)} strategy={horizontalListSortingStrategy}>
        <Box sx={{ position: 'relative', height: 52 }}>
          {axes.map((axis, index) => (
            <AxisControl
              key={axis.key}
              axis={axis}
              leftPx={Math.max(
                0,
                Math.min(widthPx - CONTROL_WIDTH_PX, axisX(index, axes.length, widthPx) - CONTROL_WIDTH_PX / 2),
              )}
              onStep={(step) => move(axis.key, index + step)}
              {...props}
            />
          ))}
        </Box>
      </SortableContext>
    </DndContext>
  );
}

interface AxisControlProps extends Pick<AxisControlsProps, 'brushes' | 'onBrush' | 'onAxis'> {
  axis: ParallelAxis;
  leftPx: number;
  onStep: (step: -1 | 1) => void;
}

function AxisControl({ axis, leftPx, onStep, brushes, onBrush, onAxis }: AxisControlProps) {
  const { t } = useTranslation('charts');
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform } = useSortable({ id: axis.key });
  const { key, name, isLog, isFlipped, canBeLog } = axis;
  return (
    <Box
      ref={setNodeRef}
      sx={{ position: 'absolute', width: CONTROL_WIDTH_PX, textAlign: 'center' }}
      style={{ left: leftPx + (transform?.x ?? 0) }}
    >
      <Tooltip title={name}>
        <Box
          component="button"
          type="button"
          ref={setActivatorNodeRef}
          {...attributes}
          {...listeners}
          aria-label={t('parallel.handle', { name })}
          onKeyDown={(event) => {
            if (!event.altKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return;
            event.preventDefault();
            event.stopPropagation();
            onStep(event.key === 'ArrowLeft' ? -1 : 1);
          }}
          sx={{
            ...{ border: 0, bgcolor: 'transparent', color: 'text.primary', cursor: 'grab', p: 0, minHeight: 24 },
            ...{ typography: 'body2', fontWeight: 600, maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis' },
            ...{ whiteSpace: 'nowrap', touchAction: 'none' },
          }}
        >
          {name}
        </Box>
      </Tooltip>
      <Box sx={{ display: 'flex', justifyContent: 'center', alignItems: 'center' }}>
        {canBeLog && (
          <FrameSwitch
            label={t('parallel.log')}
            name={t('parallel.logOf', { name })}
            isOn={isLog}
            onChange={() => onAxis(key, { isLog: !isLog })}
          />
        )}
        <FrameSwitch
          label={t('parallel.flip')}
          name={t('parallel.flipOf', { name })}
          isOn={isFlipped}
          onChange={() => onAxis(key, { isFlipped: !isFlipped })}
        />
        <AxisFilter axis={axis} brush={brushes.get(key) ?? null} onBrush={(brush) => onBrush(key, brush)} />
      </Box>
    </Box>
  );
}

interface AxisFilterProps {
  axis: ParallelAxis;
  brush: AxisBrush | null;
  onBrush: (brush: AxisBrush | null) => void;
}

function AxisFilter({ axis, brush, onBrush }: AxisFilterProps) {
  const { t } = useTranslation('charts');
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const title = t('parallel.filterOf', { name: axis.name });
  // A button that clears and stays would be disabled while it has the focus, and Esc would go to the page behind.
  const clear = () => {
    onBrush(null);
    setAnchor(null);
  };
  return (
    <>
      <IconButton
        aria-label={title}
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        color={brush === null ? 'default' : 'primary'}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <FilterIcon sx={{ fontSize: 16 }} />
      </IconButton>
      <Popover
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': title } }}
      >
        <Box sx={{ p: 3, display: 'grid', gap: 2, maxHeight: 320, overflow: 'auto' }}>
          {axis.isCategory ? (
            <CategoryFilter axis={axis} brush={brush} onBrush={onBrush} />
          ) : (
            <RangeFilter axis={axis} brush={brush} onBrush={onBrush} />
          )}
          <Button size="small" disabled={brush === null} onClick={clear}>
            {t('parallel.clear')}
          </Button>
        </Box>
      </Popover>
    </>
  );
}

function RangeFilter({ axis, brush, onBrush }: AxisFilterProps) {
  const { t } = useTranslation('charts');
  const ends = [axis.valueAt(0), axis.valueAt(1)].map((value) => Number(value.toPrecision(6)));
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const range = brush !== null && 'low' in brush ? brush : { low: least, high: most };
  const field = (end: 'low' | 'high') => (
    <TextField
      type="number"
      label={t(`parallel.${end}`)}
      defaultValue={range[end]}
      key={`${end} ${range[end]}`}
      slotProps={{ htmlInput: { step: 'any' } }}
      onChange={(event) => {
        const value = event.target.value === '' ? NaN : Number(event.target.value);
        const next = { ...range, [end]: value };
        if (Number.isFinite(value) && next.low <= next.high) onBrush(next);
      }}
    />
  );
  return (
    <>
      {field('low')}
      {field('high')}
    </>
  );
}

function CategoryFilter({ axis, brush, onBrush }: AxisFilterProps) {
  const all = axis.categories.map(({ value }) => value);
  const kept = brush !== null && 'values' in brush ? brush.values : all;
  return all.map((value) => (
    <FormControlLabel
      key={value}
      label={value}
      control={
        <Checkbox
          size="small"
          checked={kept.includes(value)}
          onChange={(event) => {
            const next = all.filter((other) => (other === value ? event.target.checked : kept.includes(other)));
            onBrush(next.length === all.length ? null : { values: next });
          }}
        />
      }
    />
  ));
}
