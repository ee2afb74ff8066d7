// A button with words that opens a menu of actions. Runs in the renderer.
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import Button from '@mui/material/Button';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import type { MenuAction } from './ActionMenu.tsx';

export interface MenuButtonProps {
  children: ReactNode;
  actions: readonly MenuAction[];
  variant?: 'contained' | 'outlined';
}

export function MenuButton({ children, actions, variant = 'outlined' }: MenuButtonProps) {
  const menuId = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <Button
        variant={variant}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        aria-controls={anchor === null ? undefined : menuId}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {children}
      </Button>
      <Menu id={menuId} anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {actions.map(({ label, run, disabledReason }) => (
          <MenuItem
            key={label}
            aria-disabled={disabledReason !== undefined}
            onClick={() => {
              if (disabledReason !== undefined) return;
              setAnchor(null);
              run();
            }}
          >
            {disabledReason === undefined ? label : `${label} – ${disabledReason}`}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
