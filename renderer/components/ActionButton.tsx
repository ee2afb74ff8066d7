// A button that stays focusable while it cannot be used, and says why. Runs in the renderer.
import Button from '@mui/material/Button';
import type { ButtonProps } from '@mui/material/Button';
import Tooltip from '@mui/material/Tooltip';

export interface ActionButtonProps extends ButtonProps {
  /** Why it cannot be used now; undefined where it can. */
  disabledReason?: string | undefined;
}

export function ActionButton({ disabledReason, onClick, ...props }: ActionButtonProps) {
  const isDisabled = disabledReason !== undefined;
  return (
    <Tooltip title={disabledReason ?? ''} describeChild>
      <Button
        {...props}
        aria-disabled={isDisabled}
        onClick={isDisabled ? (event) => event.preventDefault() : onClick}
        sx={isDisabled ? { opacity: 0.55, cursor: 'not-allowed' } : undefined}
      />
    </Tooltip>
  );
}
