// What shapes and fills of a front mean. Runs in the renderer.
import { useMemo } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useScheme } from '../../app/appearance.ts';
import { TOKENS } from '../../theme/tokens.ts';
import { Marker } from '../Marker.tsx';
import { drawnClasses, drawnKinds } from './pareto-marks.ts';
import type { MarkClass, ParetoMark } from './pareto-marks.ts';

const SIZE_PX = 14;
const CENTRE_PX = SIZE_PX / 2;

export function ParetoLegend({ marks }: { marks: readonly ParetoMark[] }) {
  const { t } = useTranslation('charts');
  const { textSecondary } = TOKENS[useScheme()];
  const [classes, kinds] = useMemo(() => [drawnClasses(marks), drawnKinds(marks)], [marks]);
  const entries = [
    ...classes.map((markClass) => ({
      name: t(`pareto.classes.${markClass}`),
      icon: <ClassIcon markClass={markClass} />,
    })),
    ...kinds.map(({ name, shape }) => ({
      name,
      icon: <Marker shape={shape} color={textSecondary} x={CENTRE_PX} y={CENTRE_PX} sizePx={9} />,
    })),
  ];
  return (
    <Box component="ul" sx={{ listStyle: 'none', display: 'flex', flexWrap: 'wrap', columnGap: 4, m: 0, mt: 1, p: 0 }}>
      {entries.map(({ name, icon }) => (
        <Box component="li" key={name} sx={{ display: 'inline-flex', alignItems: 'center', gap: 1 }}>
          <svg width={SIZE_PX} height={SIZE_PX} aria-hidden>
            {icon}
          </svg>
          <Typography variant="caption" color="textSecondary">
            {name}
          </Typography>
        </Box>
      ))}
    </Box>
  );
}

function ClassIcon({ markClass }: { markClass: MarkClass }) {
  const { primary, hint } = TOKENS[useScheme()];
  const place = { cx: CENTRE_PX, cy: CENTRE_PX };
  if (markClass === 'front') return <circle {...place} r={4.5} fill={primary} />;
  if (markClass === 'dominated') return <circle {...place} r={3.5} fill={hint} opacity={0.5} />;
  return <circle {...place} r={4.5} fill="none" stroke={primary} strokeWidth={1.75} strokeDasharray="3 2" />;
}
