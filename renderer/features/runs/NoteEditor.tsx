// The note of one run, edited beside its cell. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Popover from '@mui/material/Popover';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';

export interface NoteEditorProps {
  label: string;
  note: string;
  /** The cell. */
  anchor: HTMLElement;
  onClose: () => void;
  onSave: (note: string) => void;
}

const LONGEST_NOTE = 20_000;

export function NoteEditor({ label, note, anchor, onClose, onSave }: NoteEditorProps) {
  const { t } = useTranslation('runs');
  const [text, setText] = useState(note);
  const save = () => {
    onClose();
    if (text !== note) onSave(text);
  };
  return (
    <Popover
      open
      anchorEl={anchor}
      onClose={onClose}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      slotProps={{ paper: { role: 'dialog', 'aria-label': t('editNote', { label }) } }}
    >
      <Box sx={{ p: 3, width: 360, display: 'flex', flexDirection: 'column', gap: 2 }}>
        <TextField
          autoFocus
          multiline
          minRows={3}
          maxRows={12}
          label={t('note')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
          }}
          slotProps={{ htmlInput: { maxLength: LONGEST_NOTE } }}
        />
        <Box sx={{ display: 'flex', justifyContent: 'flex-end', gap: 2 }}>
          <Button variant="text" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button onClick={save}>{t('saveNote')}</Button>
        </Box>
      </Box>
    </Popover>
  );
}
