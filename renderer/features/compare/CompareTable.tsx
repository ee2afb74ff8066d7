// Settings and results of the sides, a column each; only the columns in view are drawn. Runs in the renderer.
import { useRef } from 'react';
import type { ReactNode } from 'react';
import CloseIcon from '@mui/icons-material/Close';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { CompareRunsResult } from '../../../contracts/analysis.ts';
import { Marker } from '../../charts/Marker.tsx';
import { formatCount } from '../../format.ts';
import type { RunMark } from '../../theme/tokens.ts';
import { AccuracyCell, CurveCell, DifferenceCell } from './ResultCells.tsx';
import type { CompareState } from './compare-state.ts';
import type { Side } from './sides.ts';
import type { Comparison } from './use-comparison.ts';

const NAME_PX = 220;
const SIDE_PX = 200;
const MARKER_PX = 10;

const CELL = {
  p: '4px 8px',
  textAlign: 'left',
  verticalAlign: 'top',
  borderBottom: 1,
  borderColor: 'divider',
} as const;
const NAME_CELL = {
  ...CELL,
  position: 'sticky',
  left: 0,
  zIndex: 1,
  bgcolor: 'background.paper',
  fontWeight: 400,
} as const;

export interface CompareTableProps {
  comparison: Comparison;
  state: CompareState;
  onRemove: (side: Side) => void;
}

interface Row {
  key: string;
  name: ReactNode;
  cell: (side: number) => ReactNode;
  isHeading?: boolean;
}

export function CompareTable({ comparison, state, onRemove }: CompareTableProps) {
  const { t } = useTranslation('compare');
  const { sides, settings, marks } = comparison;
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useVirtualizer({
    horizontal: true,
    count: sides.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => SIDE_PX,
    overscan: 4,
  });
  const shown = columns.getVirtualItems();
  const before = shown[0]?.index ?? 0;
  const after = sides.length - 1 - (shown.at(-1)?.index ?? -1);
  const rows = [...useSettingRows(comparison, state.onlyDiffering), ...useResultRows(comparison, state)];
  const across = (cell: (side: number) => ReactNode) => (
    <>
      {before > 0 && <td colSpan={before} />}
      {shown.map(({ index }) => cell(index))}
      {after > 0 && <td colSpan={after} />}
    </>
  );
  const differing = settings.filter(({ differs }) => differs).length;
  return (
    <Box>
      <FormControlLabel
        control={
          <Checkbox
            size="small"
            checked={state.onlyDiffering}
            onChange={(_event, checked) => state.setOnlyDiffering(checked)}
          />
        }
        label={t('differingOnly', { differing: formatCount(differing), total: formatCount(settings.length) })}
      />
      <Box
        ref={scroller}
        role="region"
        aria-label={t('table')}
        tabIndex={0}
        sx={{ overflowX: 'auto', border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper' }}
      >
        <Box
          component="table"
          aria-colcount={sides.length + 1}
          sx={{
            ...{ tableLayout: 'fixed', borderCollapse: 'separate', borderSpacing: 0, typography: 'body2' },
            width: NAME_PX + sides.length * SIDE_PX,
          }}
        >
          <colgroup>
            <col style={{ width: NAME_PX }} />
            <col span={sides.length} style={{ width: SIDE_PX }} />
          </colgroup>
          <thead>
            <tr>
              <Box component="th" scope="col" sx={NAME_CELL}>
                {t('setting')}
              </Box>
              {across((index) => {
                const side = sides[index];
                return side && <SideHead key={side.key} side={side} mark={marks[index]} onRemove={onRemove} />;
              })}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <Box component="th" scope="row" sx={{ ...NAME_CELL, overflowWrap: 'anywhere' }}>
                  {row.name}
                </Box>
                {across((index) => (
                  <Box component="td" key={index} aria-colindex={index + 2} sx={{ ...CELL, overflowWrap: 'anywhere' }}>
                    {row.cell(index)}
                  </Box>
                ))}
              </tr>
            ))}
          </tbody>
        </Box>
      </Box>
      <Methods comparison={comparison} />
    </Box>
  );
}

interface SideHeadProps {
  side: Side;
  mark: RunMark | undefined;
  onRemove: (side: Side) => void;
}

function SideHead({ side, mark, onRemove }: SideHeadProps) {
  const { t } = useTranslation('compare');
  const [first] = side.runs;
  return (
    <Box component="th" scope="col" sx={{ ...CELL, fontWeight: 600 }}>
      <Box sx={{ display: 'flex', alignItems: 'flex-start', gap: 1 }}>
        {mark && <MarkIcon mark={mark} />}
        <Box sx={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }}>
          {side.runs.length === 1 && first ? (
            <Link component={RouterLink} to={`/runs/r${first.number}`} color="inherit">
              {side.label}
            </Link>
          ) : (
            <>
              {side.label}
              <Typography variant="caption" component="div" color="textSecondary">
                {t('meanOfRuns', { runs: formatCount(side.runs.length) })}
              </Typography>
            </>
          )}
        </Box>
        <IconButton size="small" aria-label={t('removeSide', { name: side.label })} onClick={() => onRemove(side)}>
          <CloseIcon fontSize="inherit" />
        </IconButton>
      </Box>
    </Box>
  );
}

export function MarkIcon({ mark }: { mark: RunMark }) {
  return (
    <svg width={MARKER_PX + 4} height={20} aria-hidden style={{ flexShrink: 0 }}>
      <Marker shape={mark.marker} color={mark.color} x={MARKER_PX / 2 + 1} y={10} sizePx={MARKER_PX} />
    </svg>
  );
}

function useSettingRows({ settings }: Comparison, onlyDiffering: boolean): Row[] {
  const { t } = useTranslation('compare');
  const shown = settings.filter(({ differs }) => differs || !onlyDiffering);
  if (shown.length === 0) return [{ key: 'none', name: t('noneDiffers'), cell: () => null }];
  return shown.map(({ path, texts }) => ({ key: path, name: path, cell: (side) => texts[side] }));
}

function useResultRows(comparison: Comparison, state: CompareState): Row[] {
  const { t } = useTranslation('compare');
  const { modes, values, metric, sides } = comparison;
  const first = sides[0]?.label ?? '';
  const ofModes = modes.flatMap(({ mode, result }): Row[] => [
    {
      key: mode,
      name: <RowName title={t(`modes.${mode}`)} detail={t('atEnd')} />,
      cell: (side) => <AccuracyCell side={result?.sides[side]} aggregate={state.aggregate} />,
    },
    ...(sides.length > 1
      ? [
          {
            key: `${mode} difference`,
            name: <RowName title={t('against', { mode: t(`modes.${mode}`) })} detail={first} />,
            cell: (side: number) => <DifferenceCell side={result?.sides[side]} isBaseline={side === 0} />,
          },
        ]
      : []),
  ]);
  const place =
    state.place.kind === 'step' ? t('places.atStep', { step: state.place.step }) : t(`places.${state.place.kind}`);
  return [
    ...ofModes,
    {
      key: 'curve',
      name: <RowName title={metric} detail={place} />,
      cell: (side) => <CurveCell value={values[side]} hasInterval={state.aggregate === 't'} />,
    },
  ];
}

function RowName({ title, detail }: { title: string; detail: string }) {
  return (
    <>
      <strong>{title}</strong>
      <Typography variant="caption" component="div" color="textSecondary">
        {detail}
      </Typography>
    </>
  );
}

function methodText(t: TFunction<'compare'>, mode: string, { method, comparisons }: CompareRunsResult): string {
  const { clusters, seed } = method;
  const [problems, resamples] = [formatCount(method.problems), formatCount(method.resamples)];
  const over =
    clusters === null
      ? t('overProblems', { problems })
      : t('overClusters', { problems, clusters: formatCount(clusters) });
  return t('method', { count: comparisons, mode, over, resamples, seed });
}

/** Which test stands behind the differences, and what the star means. */
function Methods({ comparison: { modes } }: { comparison: Comparison }) {
  const { t } = useTranslation('compare');
  const texts = modes.flatMap(({ mode, result }) =>
    result === undefined || result.comparisons === 0 ? [] : [methodText(t, t(`modes.${mode}`), result)],
  );
  if (texts.length === 0) return null;
  return (
    <Typography variant="caption" component="p" color="textSecondary" sx={{ mt: 1, mb: 0 }}>
      {`${texts.join(' ')} ${t('star')}`}
    </Typography>
  );
}
