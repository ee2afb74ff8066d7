// A "…" button with the actions of one row or point. Runs in the renderer.
import { useId, useState } from 'react';
import MoreIcon from '@mui/icons-material/MoreHoriz';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';

export interface MenuAction {
  label: string;
  run: () => void;
  /** Why it cannot be done now; it stays in the menu and says so. */
  disabledReason?: string | undefined;
}

/** @param label what the actions are of, e.g. "More for 13 numbers" */
export function ActionMenu({ label, actions }: { label: string; actions: readonly MenuAction[] }) {
  const menuId = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <IconButton
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        aria-controls={anchor === null ? undefined : menuId}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <MoreIcon fontSize="small" />
      </IconButton>
      <Menu id={menuId} anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {actions.map(({ label: text, run, disabledReason }) => (
          <MenuItem
            key={text}
            aria-disabled={disabledReason !== undefined}
            onClick={() => {
              if (disabledReason !== undefined) return;
              setAnchor(null);
              run();
            }}
          >
            {disabledReason === undefined ? text : `${text} – ${disabledReason}`}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
