// Tags of one run or of many: those that all have are edited, those that some have are said. Runs in the renderer.
import { useMemo, useState } from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { runTableParameters } from '../../connection/run-table.ts';
import { formatCount } from '../../format.ts';

export interface TagDialogProps {
  /** Null: closed. */
  ids: readonly string[] | null;
  onClose: () => void;
  onSave: (ids: readonly string[], add: readonly string[], remove: readonly string[]) => void;
}

export function TagDialog({ ids, onClose, onSave }: TagDialogProps) {
  const { t } = useTranslation('runs');
  const count = ids?.length ?? 0;
  return (
    <Dialog open={ids !== null} onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="tag-title">
      <DialogTitle id="tag-title" component="h2">
        {t('tagTitle', { count, text: formatCount(count) })}
      </DialogTitle>
      {ids !== null && <TagForm ids={ids} onClose={onClose} onSave={onSave} />}
    </Dialog>
  );
}

function TagForm({ ids, onClose, onSave }: TagDialogProps & { ids: readonly string[] }) {
  const { t } = useTranslation('runs');
  const parameters = useMemo(() => runTableParameters({ columns: ['tags'], runs: [...ids] }), [ids]);
  const table = useHostQuery('runTable', parameters, { staleTime: 0, gcTime: 0 });
  const known = useHostQuery('listTags', {}, { staleTime: 0 }).data ?? [];
  if (table.error) {
    return (
      <DialogContent>
        <LoadFailed error={table.error} onRetry={() => void table.refetch()} />
      </DialogContent>
    );
  }
  if (table.data === undefined) {
    return (
      <DialogContent>
        <Loading heightPx={96} />
      </DialogContent>
    );
  }
  const counts = new Map<string, number>();
  for (const { cells } of table.data.rows) {
    const value = cells[0]?.value;
    for (const tag of Array.isArray(value) ? value : []) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  const shared = [...counts].filter(([, count]) => count === ids.length).map(([tag]) => tag);
  const partial = [...counts].filter(([, count]) => count < ids.length);
  return (
    <TagFields
      initial={shared}
      options={known.map(({ tag }) => tag)}
      hint={partial.map(([tag, count]) => t('someHaveTag', { tag, count, total: ids.length })).join(', ')}
      onClose={onClose}
      onSave={(add, remove) => {
        onClose();
        if (add.length + remove.length > 0) onSave(ids, add, remove);
      }}
    />
  );
}

interface TagFieldsProps {
  initial: readonly string[];
  options: readonly string[];
  hint: string;
  onClose: () => void;
  onSave: (add: string[], remove: string[]) => void;
}

/** As the host has it: without blanks, commas and colons, which the filter's terms are made of. */
const TAG = /^[^\s,:]{1,40}$/;

function TagFields({ initial, options, hint, onClose, onSave }: TagFieldsProps) {
  const { t } = useTranslation('runs');
  const [tags, setTags] = useState<readonly string[]>(initial);
  const [typed, setTyped] = useState('');
  // What stands in the field counts, also without Enter behind it.
  const all = [...new Set([...tags, ...(typed.trim() === '' ? [] : [typed.trim()])])];
  const wrong = all.find((tag) => !TAG.test(tag));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong !== undefined) return;
        onSave(
          all.filter((tag) => !initial.includes(tag)),
          initial.filter((tag) => !all.includes(tag)),
        );
      }}
    >
      <DialogContent sx={{ pt: 1 }}>
        <Autocomplete<string, true, true, true>
          multiple
          freeSolo
          disableClearable
          autoHighlight={false}
          options={options}
          value={[...tags]}
          inputValue={typed}
          onInputChange={(_event, next) => setTyped(next)}
          onChange={(_event, next) => setTags(next)}
          slotProps={{ chip: { size: 'small', variant: 'outlined' } }}
          renderInput={(parameters) => (
            <TextField
              {...parameters}
              autoFocus
              label={t('tags')}
              error={wrong !== undefined}
              helperText={wrong === undefined ? hint : t('wrongTag', { tag: wrong })}
            />
          )}
        />
      </DialogContent>
      <DialogActions>
        <Button variant="text" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button type="submit">{t('saveTags')}</Button>
      </DialogActions>
    </form>
  );
}
