// A "…" button with the actions of one row or point. Runs in the renderer.
import MoreIcon from '@mui/icons-material/MoreHoriz';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import { menuActions } from './menu-actions.tsx';
import type { MenuAction } from './menu-actions.tsx';
import { useMenu } from './use-menu.ts';

/** @param label what the actions are of, e.g. "More for 13 numbers" */
export function ActionMenu({ label, actions }: { label: string; actions: readonly MenuAction[] }) {
  const { buttonProps, menuProps, close } = useMenu();
  return (
    <>
      <IconButton aria-label={label} {...buttonProps}>
        <MoreIcon fontSize="small" />
      </IconButton>
      <Menu {...menuProps}>{menuActions(actions, close)}</Menu>
    </>
  );
}
