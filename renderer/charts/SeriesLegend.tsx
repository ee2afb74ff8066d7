// Names of a chart's lines, each with its colour, dash and marker. Runs in the renderer.
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useScheme } from '../app/appearance.ts';
import { BASELINE_DASH, TOKENS } from '../theme/tokens.ts';
import type { RunMark } from '../theme/tokens.ts';
import { Marker } from './Marker.tsx';

export interface LegendEntry {
  id: string;
  name: string;
  mark: RunMark;
  kind: 'line' | 'markers';
  isBaseline: boolean;
}

const WIDTH_PX = 28;
const HEIGHT_PX = 12;

export function SeriesLegend({ entries }: { entries: readonly LegendEntry[] }) {
  const scheme = useScheme();
  return (
    <Box
      component="ul"
      sx={{ listStyle: 'none', display: 'flex', flexWrap: 'wrap', columnGap: 3, rowGap: 0, m: 0, mt: 1, p: 0 }}
    >
      {entries.map(({ id, name, mark, kind, isBaseline }) => {
        const color = isBaseline ? TOKENS[scheme].textSecondary : mark.color;
        return (
          <Box component="li" key={id} sx={{ display: 'inline-flex', alignItems: 'center', gap: 1 }}>
            <svg width={WIDTH_PX} height={HEIGHT_PX} aria-hidden>
              {kind === 'markers' ? (
                <Marker shape={mark.marker} color={color} x={WIDTH_PX / 2} y={HEIGHT_PX / 2} sizePx={9} />
              ) : (
                <>
                  <line
                    x1={0}
                    x2={WIDTH_PX}
                    y1={HEIGHT_PX / 2}
                    y2={HEIGHT_PX / 2}
                    stroke={color}
                    strokeWidth={2}
                    strokeDasharray={(isBaseline ? BASELINE_DASH : mark.dash).join(' ')}
                  />
                  {!isBaseline && (
                    <Marker shape={mark.marker} color={color} x={WIDTH_PX / 2} y={HEIGHT_PX / 2} sizePx={7} />
                  )}
                </>
              )}
            </svg>
            <Typography variant="caption" color="textSecondary">
              {name}
            </Typography>
          </Box>
        );
      })}
    </Box>
  );
}
