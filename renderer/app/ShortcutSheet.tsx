// ?: every shortcut, searchable. Runs in the renderer.
import { useState } from 'react';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Keys } from '../components/Keys.tsx';
import { keyPresses } from './keys.ts';
import { PLACES } from './places.ts';
import { SHORTCUTS } from './shortcuts.ts';

const ROWS = Object.keys(SHORTCUTS) as (keyof typeof SHORTCUTS)[];

export function ShortcutSheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open={isOpen} onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="shortcut-sheet-title">
      <DialogTitle id="shortcut-sheet-title">{t('shortcuts.title')}</DialogTitle>
      <DialogContent sx={{ height: 480 }}>
        <ShortcutList autoFocus />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t('shortcuts.close')}</Button>
      </DialogActions>
    </Dialog>
  );
}

/** All shortcuts, with a field that finds them. */
export function ShortcutList({ autoFocus = false }: { autoFocus?: boolean }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const rows = [
    ...ROWS.map((name) => ({ title: t(`shortcuts.${name}`), keys: Object.values<string>(SHORTCUTS[name]) })),
    ...PLACES.map(({ name, key }) => ({ title: t(`places.${name}`), keys: [`g ${key}`] })),
  ].filter(({ title }) => title.toLowerCase().includes(query.trim().toLowerCase()));
  return (
    <>
      <TextField
        autoFocus={autoFocus}
        fullWidth
        label={t('shortcuts.search')}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        sx={{ mt: 2, mb: 3 }}
      />
      {rows.length === 0 ? (
        <Typography role="status">{t('shortcuts.none', { query })}</Typography>
      ) : (
        <Table size="small">
          <TableHead>
            <TableRow>
              <TableCell>{t('shortcuts.does')}</TableCell>
              <TableCell>{t('shortcuts.keys')}</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {rows.map(({ title, keys }) => (
              <TableRow key={title}>
                <TableCell>{title}</TableCell>
                <TableCell sx={{ '& > span + span': { ml: 3 } }}>
                  {keys.map((key) => (
                    <Keys key={key} presses={keyPresses(key)} />
                  ))}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </>
  );
}
