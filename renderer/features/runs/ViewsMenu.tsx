// Views of the table that were saved under a name: opened, replaced, deleted. Runs in the renderer.
import { useState } from 'react';
import DeleteIcon from '@mui/icons-material/DeleteOutlined';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { SavedView } from '../../../contracts/saved-view.ts';
import { showToast } from '../../app/toasts.ts';
import { offerUndo } from '../../app/undo.ts';
import { useMenu } from '../../components/use-menu.ts';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';

export function ViewsMenu({ route }: { route: string }) {
  const { t } = useTranslation('runs');
  const navigate = useNavigate();
  const { buttonProps, menuProps, close } = useMenu();
  const [isNaming, setNaming] = useState(false);
  const views = (useHostQuery('listViews', {}).data ?? []).filter((view) => view.route === route && view.name !== '');
  const { save, remove } = useViewActions(route);
  return (
    <>
      <Button {...buttonProps}>{t('views')}</Button>
      <Menu {...menuProps}>
        {views.map((view) => (
          <MenuItem
            key={view.id}
            sx={{ justifyContent: 'space-between', gap: 4 }}
            onClick={() => {
              close();
              void navigate({ pathname: route, search: view.query });
            }}
            onKeyDown={(event) => {
              if (event.key === 'Delete') void remove(view);
            }}
          >
            {view.name}
            <IconButton
              tabIndex={-1}
              aria-label={t('deleteView', { name: view.name })}
              onClick={(event) => {
                event.stopPropagation();
                void remove(view);
              }}
            >
              <DeleteIcon fontSize="small" />
            </IconButton>
          </MenuItem>
        ))}
        {views.length === 0 && <MenuItem disabled>{t('noViews')}</MenuItem>}
        <MenuItem
          divider={false}
          onClick={() => {
            close();
            setNaming(true);
          }}
        >
          {t('saveView')}
        </MenuItem>
      </Menu>
      {isNaming && (
        <NameDialog
          names={views.map(({ name }) => name)}
          onClose={() => setNaming(false)}
          onSave={(name) => void save(name, views)}
        />
      )}
    </>
  );
}

function useViewActions(route: string) {
  const { t } = useTranslation('runs');
  const connection = useHostConnection();
  const { search } = useLocation();
  const save = async (name: string, views: readonly SavedView[]) => {
    const before = views.find((view) => view.name === name);
    // The selection is of this moment, not of the view.
    const parameters = new URLSearchParams(search);
    parameters.delete('sel');
    const view = { name, route, query: parameters.toString() };
    try {
      const saved = await connection.call('saveView', before === undefined ? view : { ...view, id: before.id });
      offerUndo({
        message: t('viewSaved', { name }),
        undo: () =>
          before === undefined
            ? connection.call('deleteView', { id: saved.id })
            : connection.call('saveView', { ...view, id: before.id, query: before.query }),
        redo: () => connection.call('saveView', { ...view, id: saved.id }),
      });
    } catch (error) {
      showToast(errorMessage(error), { tone: 'failure' });
    }
  };
  const remove = async ({ id, name, query }: SavedView) => {
    const drop = () => connection.call('deleteView', { id });
    try {
      await drop();
      offerUndo({
        message: t('viewDeleted', { name }),
        undo: () => connection.call('saveView', { id, name, route, query }),
        redo: drop,
      });
    } catch (error) {
      showToast(errorMessage(error), { tone: 'failure' });
    }
  };
  return { save, remove };
}

interface NameDialogProps {
  names: readonly string[];
  onClose: () => void;
  onSave: (name: string) => void;
}

const LONGEST_NAME = 120;

function NameDialog({ names, onClose, onSave }: NameDialogProps) {
  const { t } = useTranslation('runs');
  const [name, setName] = useState('');
  const trimmed = name.trim();
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="view-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (trimmed === '') return;
          onClose();
          onSave(trimmed);
        }}
      >
        <DialogTitle id="view-title" component="h2">
          {t('saveView')}
        </DialogTitle>
        <DialogContent>
          <TextField
            autoFocus
            fullWidth
            margin="dense"
            label={t('viewName')}
            value={name}
            onChange={(event) => setName(event.target.value)}
            helperText={names.includes(trimmed) ? t('viewReplaced', { name: trimmed }) : t('viewHint')}
            slotProps={{ htmlInput: { maxLength: LONGEST_NAME } }}
          />
        </DialogContent>
        <DialogActions>
          <Button variant="text" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button type="submit">{t('saveView')}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
