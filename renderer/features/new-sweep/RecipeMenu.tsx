// Where a new sweep begins: a recipe of the program, one of the user's own, a file, or nothing; and where it is kept.
// Runs in the renderer.
import { useRef, useState } from 'react';
import OpenIcon from '@mui/icons-material/ExpandMore';
import Button from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import ListItemText from '@mui/material/ListItemText';
import ListSubheader from '@mui/material/ListSubheader';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useTranslation } from 'react-i18next';
import { useHostQuery } from '../../connection/hooks.ts';
import { recipeReference } from './load-draft.ts';
import type { RecipeEntry } from './load-draft.ts';

export interface RecipeMenuProps {
  /** Name of the recipe as it stands. */
  name: string;
  onChoose: (reference: string) => void;
  onEmpty: () => void;
  onFile: (file: File) => void;
  onSave: () => void;
}

export function RecipeMenu({ name, onChoose, onEmpty, onFile, onSave }: RecipeMenuProps) {
  const { t } = useTranslation('newSweep');
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const fileInput = useRef<HTMLInputElement>(null);
  const recipes = useHostQuery('listRecipes', {});
  const close = () => setAnchor(null);
  const open = (element: HTMLElement) => {
    setAnchor(element);
    void recipes.refetch();
  };
  const act = (action: () => void) => () => {
    close();
    action();
  };
  const entries = (origin: RecipeEntry['origin']) =>
    (recipes.data ?? [])
      .filter((recipe) => recipe.origin === origin)
      .map((recipe) => (
        <MenuItem key={recipe.path} onClick={act(() => onChoose(recipeReference(recipe, recipes.data ?? [])))}>
          <ListItemText
            primary={recipe.name}
            secondary={recipe.problem ?? recipe.description}
            slotProps={{ secondary: { noWrap: true, variant: 'body2' } }}
          />
        </MenuItem>
      ));
  const saved = entries('saved');
  return (
    <>
      <Button
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={({ currentTarget }) => open(currentTarget)}
        endIcon={<OpenIcon />}
        sx={{ maxWidth: 260, '& > span:first-of-type': { overflow: 'hidden', textOverflow: 'ellipsis' } }}
      >
        <span>{t('recipe', { name })}</span>
      </Button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={close} slotProps={{ paper: { sx: { maxWidth: 480 } } }}>
        {saved.length > 0 && <ListSubheader>{t('savedRecipes')}</ListSubheader>}
        {saved}
        <ListSubheader>{t('builtInRecipes')}</ListSubheader>
        {entries('built-in')}
        <Divider />
        <MenuItem onClick={act(onEmpty)}>{t('emptyRecipe')}</MenuItem>
        <MenuItem
          onClick={() => {
            close();
            fileInput.current?.click();
          }}
        >
          {t('openFile')}
        </MenuItem>
        <MenuItem onClick={act(onSave)}>{t('saveRecipe')}</MenuItem>
      </Menu>
      <input
        ref={fileInput}
        type="file"
        accept=".yaml,.yml"
        hidden
        aria-label={t('openFile')}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          target.value = '';
          if (file) onFile(file);
        }}
      />
    </>
  );
}
