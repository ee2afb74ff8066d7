// Which columns the table has, in which order, pinned or not. Runs in the renderer.
import { useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { DndContext, PointerSensor, closestCenter, useSensor, useSensors } from '@dnd-kit/core';
import { SortableContext, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable';
import CloseIcon from '@mui/icons-material/Close';
import DragIcon from '@mui/icons-material/DragIndicator';
import PinnedIcon from '@mui/icons-material/PushPin';
import PinIcon from '@mui/icons-material/PushPinOutlined';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { RunColumnChoices } from '../../../contracts/run-table.ts';
import { columnTitle } from './columns.ts';
import { metricKey } from './filter-suggestions.ts';
import { DEFAULT_COLUMNS, parseColumns } from './runs-view.ts';
import type { ColumnChoice } from './runs-view.ts';
import type { ColumnActions } from './use-column-actions.ts';
import type { RunsView } from './use-runs-view.ts';

export interface ColumnsDialogProps {
  isOpen: boolean;
  onClose: () => void;
  view: RunsView;
  actions: ColumnActions;
  choices: RunColumnChoices | undefined;
}

/** A press that moves less is a click. */
const LEAST_DRAG_PX = 4;

export function ColumnsDialog({ isOpen, onClose, view, actions, choices }: ColumnsDialogProps) {
  const { t } = useTranslation('runs');
  const { columns, setColumns } = view;
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: LEAST_DRAG_PX } }));
  const keys = columns.map(({ key }) => key);
  return (
    <Dialog open={isOpen} onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="columns-title">
      <DialogTitle id="columns-title" component="h2">
        {t('columns')}
      </DialogTitle>
      <DialogContent sx={{ display: 'flex', flexDirection: 'column', gap: 2 }}>
        <Box sx={{ pt: 1 }}>
          <AddColumn
            choices={choices}
            chosen={keys}
            onAdd={(key) => setColumns([...columns, { key, isPinned: false }])}
          />
        </Box>
        <DndContext
          sensors={sensors}
          collisionDetection={closestCenter}
          onDragEnd={({ active, over }) => {
            if (over !== null) actions.move(String(active.id), keys.indexOf(String(over.id)));
          }}
        >
          <SortableContext items={keys} strategy={verticalListSortingStrategy}>
            <Box component="ol" aria-label={t('chosenColumns')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
              {columns.map((choice, index) => (
                <ColumnRow key={choice.key} choice={choice} index={index} actions={actions} />
              ))}
            </Box>
          </SortableContext>
        </DndContext>
      </DialogContent>
      <DialogActions>
        <Button variant="text" onClick={() => setColumns(parseColumns(DEFAULT_COLUMNS))}>
          {t('defaultColumns')}
        </Button>
        <Button onClick={onClose}>{t('close')}</Button>
      </DialogActions>
    </Dialog>
  );
}

function ColumnRow({ choice, index, actions }: { choice: ColumnChoice; index: number; actions: ColumnActions }) {
  const { t } = useTranslation('runs');
  const { key, isPinned } = choice;
  const title = columnTitle(key);
  const handle = useRef<HTMLButtonElement | null>(null);
  const { setNodeRef, setActivatorNodeRef, listeners, transform, transition, isDragging } = useSortable({ id: key });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined || !event.altKey) return;
    event.preventDefault();
    actions.move(key, index + step);
    // The list is drawn anew; the focus stays with what was moved.
    requestAnimationFrame(() => handle.current?.focus());
  };
  return (
    <Box
      component="li"
      ref={setNodeRef}
      onKeyDown={onKeyDown}
      style={{ transform: transform ? `translateY(${transform.y}px)` : undefined, transition }}
      sx={{
        display: 'flex',
        alignItems: 'center',
        gap: 1,
        minHeight: 32,
        bgcolor: 'background.paper',
        position: 'relative',
        zIndex: isDragging ? 1 : 'auto',
        boxShadow: isDragging ? 8 : 0,
      }}
    >
      <IconButton
        ref={(element: HTMLButtonElement | null) => {
          handle.current = element;
          setActivatorNodeRef(element);
        }}
        {...listeners}
        aria-label={t('dragColumn', { column: title })}
        sx={{ cursor: 'grab', touchAction: 'none' }}
      >
        <DragIcon fontSize="small" />
      </IconButton>
      <Typography sx={{ flex: 1, minWidth: 0 }} noWrap title={key}>
        {title}
      </Typography>
      <IconButton
        aria-label={t('pinColumn', { column: title })}
        aria-pressed={isPinned}
        onClick={() => actions.pin(key, !isPinned)}
      >
        {isPinned ? <PinnedIcon fontSize="small" /> : <PinIcon fontSize="small" />}
      </IconButton>
      <IconButton aria-label={t('hideColumn', { column: title })} onClick={() => actions.hide(key)}>
        <CloseIcon fontSize="small" />
      </IconButton>
    </Box>
  );
}

interface AddColumnProps {
  choices: RunColumnChoices | undefined;
  chosen: readonly string[];
  onAdd: (key: string) => void;
}

interface ColumnOption {
  key: string;
  kind: 'field' | 'accuracy' | 'setting' | 'metric';
}

function AddColumn({ choices, chosen, onAdd }: AddColumnProps) {
  const { t } = useTranslation('runs');
  const [typed, setTyped] = useState('');
  const options = choices === undefined ? [] : columnOptions(choices).filter(({ key }) => !chosen.includes(key));
  return (
    <Autocomplete
      options={options}
      // Chosen ones leave the options: the field is always empty.
      value={null}
      blurOnSelect={false}
      clearOnBlur
      groupBy={({ kind }) => t(`suggestionKinds.${kind}`)}
      getOptionLabel={({ key }) => columnTitle(key)}
      getOptionKey={({ key }) => key}
      isOptionEqualToValue={(option, value) => option.key === value.key}
      onChange={(_event, option) => {
        if (option !== null) onAdd(option.key);
      }}
      inputValue={typed}
      onInputChange={(_event, next, reason) => setTyped(reason === 'input' ? next : '')}
      noOptionsText={t('noColumn')}
      renderInput={(parameters) => <TextField {...parameters} label={t('addColumn')} />}
    />
  );
}

/** Settings that vary come first: they are what tables are made for. */
export function columnOptions({ fields, accuracies, settings, metrics }: RunColumnChoices): ColumnOption[] {
  const varied = settings.toSorted((left, right) => Number(right.distinctValues > 1) - Number(left.distinctValues > 1));
  return [
    ...fields.map((key): ColumnOption => ({ key, kind: 'field' })),
    ...accuracies.map((key): ColumnOption => ({ key, kind: 'accuracy' })),
    ...varied.map(({ path }): ColumnOption => ({ key: path === 'learningRate' ? 'lr' : path, kind: 'setting' })),
    ...metrics.map(({ name }): ColumnOption => ({ key: metricKey(name), kind: 'metric' })),
  ];
}
