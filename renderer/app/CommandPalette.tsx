// Ctrl-K: finds and does any command, opens any run, sweep or model. Runs in the renderer.
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import InputBase from '@mui/material/InputBase';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Keys } from '../components/Keys.tsx';
import type { Command } from './commands.ts';
import { keyPresses } from './keys.ts';
import { usePaletteCommands } from './palette-commands.ts';
import { searchCommands } from './search-commands.ts';

const MOST_SHOWN = 60;

export function CommandPalette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={isOpen}
      onClose={onClose}
      fullWidth
      maxWidth="sm"
      slotProps={{ paper: { 'aria-label': t('palette.label') } }}
      sx={{ '& .MuiDialog-container': { alignItems: 'flex-start' } }}
    >
      <PaletteContent onClose={onClose} />
    </Dialog>
  );
}

function PaletteContent({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const listId = useId();
  const [query, setQuery] = useState('');
  const [activeIndex, setActiveIndex] = useState(0);
  const commands = usePaletteCommands();
  const deferredQuery = useDeferredValue(query);
  const found = useMemo(() => searchCommands(commands, deferredQuery).slice(0, MOST_SHOWN), [commands, deferredQuery]);
  const active = found[Math.min(activeIndex, found.length - 1)];

  const start = (command: Command | undefined) => {
    if (command === undefined || command.disabledReason !== undefined) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      setActiveIndex((index) => Math.max(0, Math.min(found.length - 1, index + move)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      start(active);
    }
  };

  return (
    <>
      <InputBase
        autoFocus
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setActiveIndex(0);
        }}
        onKeyDown={onKeyDown}
        placeholder={t('palette.placeholder')}
        sx={{ px: 4, py: 3, fontSize: '1rem', borderBottom: 1, borderColor: 'divider' }}
        slotProps={{
          input: {
            role: 'combobox',
            'aria-label': t('palette.placeholder'),
            'aria-expanded': true,
            'aria-controls': listId,
            'aria-activedescendant': active && `${listId}-${active.id}`,
            'aria-autocomplete': 'list',
          },
        }}
      />
      <Box id={listId} role="listbox" aria-label={t('palette.label')} sx={{ maxHeight: 420, overflow: 'auto', p: 2 }}>
        {found.map((command) => (
          <PaletteOption
            key={command.id}
            id={`${listId}-${command.id}`}
            command={command}
            isActive={command === active}
            onStart={() => start(command)}
          />
        ))}
      </Box>
      {found.length === 0 && (
        <Typography role="status" sx={{ px: 4, pb: 4 }} color="textSecondary">
          {t('palette.none', { query })}
        </Typography>
      )}
    </>
  );
}

interface PaletteOptionProps {
  id: string;
  command: Command;
  isActive: boolean;
  onStart: () => void;
}

function PaletteOption({ id, command, isActive, onStart }: PaletteOptionProps) {
  const { t } = useTranslation();
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) element.current?.scrollIntoView({ block: 'nearest' });
  }, [isActive]);
  return (
    <Box
      ref={element}
      id={id}
      role="option"
      aria-selected={isActive}
      aria-disabled={command.disabledReason !== undefined}
      onClick={onStart}
      sx={{
        display: 'flex',
        alignItems: 'center',
        gap: 3,
        minHeight: 32,
        px: 2,
        borderRadius: 1,
        borderLeft: 3,
        borderColor: isActive ? 'primary.main' : 'transparent',
        bgcolor: isActive ? 'studio.selectedRow' : undefined,
        cursor: command.disabledReason === undefined ? 'pointer' : 'default',
      }}
    >
      <Typography variant="body2" color="textSecondary" sx={{ width: 88, flexShrink: 0 }}>
        {t(`palette.sections.${command.section}`)}
      </Typography>
      <Typography sx={{ flex: 1 }} color={command.disabledReason === undefined ? undefined : 'textSecondary'}>
        {command.title}
        {command.disabledReason !== undefined && ` – ${command.disabledReason}`}
      </Typography>
      {command.keys !== undefined && <Keys presses={keyPresses(command.keys)} />}
    </Box>
  );
}
