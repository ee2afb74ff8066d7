// The front of one sweep: the chart, what it says, the way to the Pareto screen. Runs in the renderer.
import { useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink, useNavigate } from 'react-router';
import type { ParetoPoint, ParetoResult } from '../../../contracts/analysis.ts';
import type { SweepGrid } from '../../../contracts/sweep-grid.ts';
import { useEscape } from '../../app/escape.ts';
import { useQueryState } from '../../app/query-state.ts';
import { useRunName } from '../../app/run-names.ts';
import type { ChartFrameProps } from '../../charts/ChartFrame.tsx';
import type { PointLink } from '../../charts/linked-points.ts';
import { brushesFromText, brushesToText } from '../../charts/parallel/parallel-axes.ts';
import { brushedKeys, frontBrush } from '../../charts/pareto/front-brush.ts';
import type { BrushRange } from '../../charts/pareto/front-brush.ts';
import { ParetoChart } from '../../charts/pareto/ParetoChart.tsx';
import { ShownCount } from '../../charts/pareto/ShownCount.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import type { Mode } from './score-words.ts';

const FEWEST_POINTS = 2;

/** Asked for alike wherever it is shown, so that it is worked out once. */
export function useSweepFront(sweepId: string, mode: Mode, isLogX = true) {
  return useHostQuery(
    'pareto',
    {
      ...{ sweeps: [sweepId], runs: [], reference: null, resamples: 1000, seed: 0 },
      objectives: [
        { key: 'numbers', goal: 'min', log: isLogX },
        { key: mode, goal: 'max', log: false },
      ],
    },
    { placeholderData: keepPreviousData },
  );
}

export interface SweepFrontProps {
  sweep: SweepGrid;
  mode: Mode;
  heightPx: number;
  exporting?: ChartFrameProps['exporting'];
  /** A run of the setting under the pointer or the keyboard, anywhere on the screen. */
  hoveredRun?: string | null;
  onHoverRun?: (runId: string | null) => void;
}

const NO_POINTS: readonly ParetoPoint[] = [];

export function SweepFront(props: SweepFrontProps) {
  const { sweep, mode, heightPx, exporting, hoveredRun, onHoverRun } = props;
  const { t } = useTranslation('sweep');
  const navigate = useNavigate();
  const runName = useRunName();
  const [logX, setLogX] = useQueryState<'1' | '0'>('logx', '1');
  const [selectedRun, setSelectedRun] = useQueryState<string>('sel', '');
  const isLogX = logX === '1';
  const { data: result, error, refetch } = useSweepFront(sweep.id, mode, isLogX);
  const selected = useMemo(
    () =>
      new Set(
        result?.points.filter(({ runIds }) => runIds.some((id) => runName(id) === selectedRun)).map(({ key }) => key),
      ),
    [result, runName, selectedRun],
  );
  const { brush, brushed, setBrush, clearBrush } = useSweepBrush(result);
  const link = useRunLink(result?.points ?? NO_POINTS, hoveredRun, onHoverRun);
  useEscape(() => (brushed === null ? setSelectedRun('') : clearBrush()));
  const name = `s${sweep.number}`;
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (result === undefined) return <Loading heightPx={heightPx} />;
  if (result.points.length < FEWEST_POINTS) return <EmptyState text={t('frontEmpty')} />;
  const uncertain = result.points.filter(({ isUncertain }) => isUncertain).length;
  const total = result.points.length + result.unfinished + result.incomplete;
  return (
    <Box sx={{ display: 'grid', gap: 3, minWidth: 0 }}>
      <ParetoChart
        title={t('frontSoFar')}
        fileName={`${name}-front`}
        {...{ result, selected, heightPx, brush, link }}
        shown={brushed}
        onBrush={setBrush}
        {...(exporting && { exporting })}
        xName={t('numbers')}
        yName={t(`accuracyOf.${mode}`)}
        summary={t('frontSummary', { count: total, front: result.front.length, uncertain })}
        totalPoints={total}
        logX={{ isLog: isLogX, onChange: (isLog) => setLogX(isLog ? '1' : '0') }}
        onSelect={({ runIds: [first = ''] }: ParetoPoint) => {
          const run = runName(first);
          setSelectedRun(run === selectedRun ? '' : run);
        }}
        onOpen={({ runIds: [first = ''] }: ParetoPoint) => void navigate(`/runs/${runName(first)}`)}
      />
      {brushed !== null && <ShownCount shown={brushed.size} total={result.points.length} onClear={clearBrush} />}
      <Button component={RouterLink} to={`/pareto?sweeps=${name}`} sx={{ justifySelf: 'start' }}>
        {t('openPareto')}
      </Button>
    </Box>
  );
}

/** The brushed area, which the address keeps as the Pareto screen's does. */
function useSweepBrush(result: ParetoResult | undefined) {
  const [text, setText] = useQueryState<string>('brush', '');
  const brushes = useMemo(() => brushesFromText(text), [text]);
  const brush = useMemo(() => (result === undefined ? null : frontBrush(result, brushes)), [result, brushes]);
  const brushed = useMemo(
    () => (result === undefined || brush === null ? null : brushedKeys(result, brush)),
    [result, brush],
  );
  const setBrush = (area: { x: BrushRange; y: BrushRange }) => {
    const [x, y] = result?.objectives ?? [];
    if (x && y) {
      setText(
        brushesToText(
          new Map([
            [x.key, area.x],
            [y.key, area.y],
          ]),
        ),
      );
    }
  };
  return { brush, brushed, setBrush, clearBrush: () => setText('') };
}

/** Points light up with what else stands for their runs; by themselves where there is nothing else. */
function useRunLink(
  points: readonly ParetoPoint[],
  hoveredRun: string | null | undefined,
  onHoverRun: ((runId: string | null) => void) | undefined,
): PointLink {
  const [own, setOwn] = useState<string | null>(null);
  return useMemo(() => {
    if (onHoverRun === undefined) return { hovered: own, onHover: setOwn };
    const isHovered = ({ runIds }: ParetoPoint) => hoveredRun !== null && runIds.includes(hoveredRun ?? '');
    return {
      hovered: points.find(isHovered)?.key ?? null,
      onHover: (key) => onHoverRun(points.find((point) => point.key === key)?.runIds[0] ?? null),
    };
  }, [points, own, hoveredRun, onHoverRun]);
}
