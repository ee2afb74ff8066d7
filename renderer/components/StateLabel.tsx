// A run's state as icon and word; colour comes third. Runs in the renderer.
import type { ComponentType } from 'react';
import StoppedIcon from '@mui/icons-material/StopCircle';
import DoneIcon from '@mui/icons-material/CheckCircle';
import FailedIcon from '@mui/icons-material/Dangerous';
import LostIcon from '@mui/icons-material/HelpOutlineOutlined';
import PausedIcon from '@mui/icons-material/PauseCircle';
import QueuedIcon from '@mui/icons-material/RadioButtonUnchecked';
import RunningIcon from '@mui/icons-material/Contrast';
import Box from '@mui/material/Box';
import type { SvgIconProps } from '@mui/material/SvgIcon';
import { useTranslation } from 'react-i18next';
import type { ShownState } from '../../contracts/run-state.ts';
import { VISUALLY_HIDDEN } from '../theme/visually-hidden.ts';

export const STATE_ICONS: Record<ShownState, ComponentType<SvgIconProps>> = {
  queued: QueuedIcon,
  running: RunningIcon,
  paused: PausedIcon,
  done: DoneIcon,
  failed: FailedIcon,
  stopped: StoppedIcon,
  lost: LostIcon,
};

/** @param state as `shownState` says it
 * @param iconOnly the word is for screen readers alone, where the row says it already */
export function StateLabel({ state, iconOnly = false }: { state: ShownState; iconOnly?: boolean }) {
  const { t } = useTranslation();
  const Icon = STATE_ICONS[state];
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 1, color: `status.${state}` }}>
      <Icon sx={{ fontSize: 16 }} aria-hidden />
      <Box component="span" sx={iconOnly ? VISUALLY_HIDDEN : undefined}>
        {t(`states.${state}`)}
      </Box>
    </Box>
  );
}
