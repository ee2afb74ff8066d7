// Keys as they are pressed, e.g. in the palette and the shortcut sheet. Runs in the renderer.
import { Fragment } from 'react';
import Box from '@mui/material/Box';
import { FONTS } from '../theme/tokens.ts';

/** @param presses each press as its keys held together, in order */
export function Keys({ presses }: { presses: readonly (readonly string[])[] }) {
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 1, color: 'text.secondary' }}>
      {presses.map((keys, index) => (
        <Fragment key={keys.join('+')}>
          {index > 0 && ' '}
          {keys.map((key) => (
            <Box
              component="kbd"
              key={key}
              sx={{
                fontFamily: FONTS.interface,
                typography: 'caption',
                px: 1.5,
                border: 1,
                borderColor: 'divider',
                borderRadius: 0.5,
              }}
            >
              {key}
            </Box>
          ))}
        </Fragment>
      ))}
    </Box>
  );
}
