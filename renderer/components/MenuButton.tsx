// A button with words that opens a menu of actions. Runs in the renderer.
import type { ReactNode } from 'react';
import Button from '@mui/material/Button';
import Menu from '@mui/material/Menu';
import { menuActions } from './menu-actions.tsx';
import type { MenuAction } from './menu-actions.tsx';
import { useMenu } from './use-menu.ts';

export interface MenuButtonProps {
  children: ReactNode;
  actions: readonly MenuAction[];
  variant?: 'contained' | 'outlined' | 'text';
  startIcon?: ReactNode;
}

export function MenuButton({ children, actions, variant = 'outlined', startIcon }: MenuButtonProps) {
  const { buttonProps, menuProps, close } = useMenu();
  return (
    <>
      <Button variant={variant} startIcon={startIcon} {...buttonProps}>
        {children}
      </Button>
      <Menu {...menuProps}>{menuActions(actions, close)}</Menu>
    </>
  );
}
