// The two live regions that screen readers listen to. Runs in the renderer.
import Box from '@mui/material/Box';

import { VISUALLY_HIDDEN } from '../theme/visually-hidden.ts';
import { useAnnouncements } from './announce.ts';

export function LiveRegions() {
  const { polite, assertive } = useAnnouncements();
  return (
    <>
      <Box sx={VISUALLY_HIDDEN} role="status" aria-live="polite">
        {polite}
      </Box>
      <Box sx={VISUALLY_HIDDEN} role="alert" aria-live="assertive">
        {assertive}
      </Box>
    </>
  );
}
