// What the menus of rows, points and buttons offer. Runs in the renderer.
import MenuItem from '@mui/material/MenuItem';
import { Link as RouterLink } from 'react-router';

export interface MenuAction {
  label: string;
  /** What it does, or the address that it opens. */
  run: (() => void) | string;
  /** Why it cannot be done now; it stays in the menu and says so. */
  disabledReason?: string | undefined;
}

/** A Menu wants its items as its own children: an array, no component. */
export function menuActions(actions: readonly MenuAction[], close: () => void) {
  return actions.map(({ label, run, disabledReason }) => {
    if (typeof run === 'string') {
      return (
        <MenuItem key={label} component={RouterLink} to={run} onClick={close}>
          {label}
        </MenuItem>
      );
    }
    const act = () => {
      close();
      run();
    };
    return (
      <MenuItem
        key={label}
        aria-disabled={disabledReason !== undefined}
        onClick={disabledReason === undefined ? act : undefined}
      >
        {disabledReason === undefined ? label : `${label} – ${disabledReason}`}
      </MenuItem>
    );
  });
}
