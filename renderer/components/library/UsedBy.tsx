// The sweeps that name a model or data set. Runs in the renderer.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { Link as RouterLink } from 'react-router';
import type { SweepUse } from '../../../contracts/library.ts';
import { MISSING } from '../../format.ts';

export function UsedBy({ sweeps }: { sweeps: readonly SweepUse[] }) {
  if (sweeps.length === 0) return MISSING;
  return (
    <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', columnGap: 2 }}>
      {sweeps.map(({ sweepId, name }) => (
        <Link key={sweepId} component={RouterLink} to={`/sweeps/${sweepId}`}>
          {name}
        </Link>
      ))}
    </Box>
  );
}
