// The front, its table, the parallel coordinates and the importance, linked: what is hovered, selected or filtered in one
// is so in all. Runs in the renderer.
import { useCallback, useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { ParetoPoint, ParetoResult } from '../../../contracts/analysis.ts';
import type { SweepSummary } from '../../../contracts/sweep-report.ts';
import { useEscape } from '../../app/escape.ts';
import { useRunName } from '../../app/run-names.ts';
import { clearSelection, toggleSelected, useSelection } from '../../app/selection.ts';
import type { ChartFrameProps } from '../../charts/ChartFrame.tsx';
import { frontBrush } from '../../charts/pareto/front-brush.ts';
import { ParetoChart } from '../../charts/pareto/ParetoChart.tsx';
import { sequentialTint } from '../../charts/parallel/parallel-option.ts';
import { formatAxisValue } from '../../charts/pareto/pareto-marks.ts';
import { observationsOf } from '../../charts/pareto/point-words.ts';
import { ShownCount } from '../../charts/pareto/ShownCount.tsx';
import { formatCount, formatMeasure, formatRate, formatRateInterval } from '../../format.ts';
import type { Scheme } from '../../theme/tokens.ts';
import { axisSources, kneePoint, shadesOf, shownKeys } from './filters.ts';
import { FrontTable } from './FrontTable.tsx';
import { useFrontWords } from './front-words.ts';
import type { FrontWords } from './front-words.ts';
import { ImportanceSection } from './ImportanceSection.tsx';
import { ParallelSection } from './ParallelSection.tsx';
import type { ParetoState } from './pareto-state.ts';

export interface FrontViewProps {
  result: ParetoResult;
  sweeps: readonly SweepSummary[];
  state: ParetoState;
  exporting: NonNullable<ChartFrameProps['exporting']>;
}

export function FrontView({ result, sweeps, state, exporting }: FrontViewProps) {
  const { t } = useTranslation('pareto');
  const navigate = useNavigate();
  const runName = useRunName();
  const { choice, brushes, topPercent, color } = state;
  const selected = useSelectedKeys(result);
  const [hovered, setHovered] = useState<string | null>(null);
  const link = useMemo(() => ({ hovered, onHover: setHovered }), [hovered]);
  const words = useFrontWords(result);
  const sources = useMemo(() => axisSources(result, words), [result, words]);
  const shown = useMemo(() => shownKeys(result, sources, brushes, topPercent), [result, sources, brushes, topPercent]);
  const total = result.points.length + result.unfinished + result.incomplete;
  const colorOf = useMemo(() => {
    if (color === '') return undefined;
    const shades = shadesOf(result, color);
    return (scheme: Scheme) => (point: ParetoPoint) => sequentialTint(shades.get(point.key) ?? 0, scheme);
  }, [result, color]);
  const open = useCallback(
    ({ runIds: [first = ''] }: ParetoPoint) => void navigate(`/runs/${runName(first)}`),
    [navigate, runName],
  );
  const toggle = useCallback(({ runIds }: ParetoPoint) => toggleSelected(runIds), []);
  useEscape(() => (shown === null ? clearSelection() : state.clearFilters()));
  const brush = useMemo(() => frontBrush(result, brushes), [result, brushes]);
  const [x, y] = result.objectives;
  const isOfAll = choice.z !== 'none' && state.frontOf === 'all';
  return (
    <>
      <Box sx={{ display: 'grid', gap: 4, gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 1fr) 340px' } }}>
        <ParetoChart
          title={t(choice.z === 'none' ? 'front' : isOfAll ? 'frontOfThree' : 'frontInView')}
          fileName={`front-${sweeps.map(({ number }) => `s${number}`).join('-')}`}
          {...{ result, selected, shown, link, exporting, brush }}
          onBrush={(area) => x && y && state.setBrushes({ [x.key]: area.x, [y.key]: area.y })}
          xName={words.x}
          yName={words.y}
          summary={useSummary(result)}
          totalPoints={total}
          logX={{ isLog: choice.isLogX, onChange: (isLogX) => state.choose({ isLogX }) }}
          onSelect={toggle}
          onOpen={open}
          {...(colorOf && { colorOf })}
        />
        <FrontTable {...{ result, shown, selected, link }} words={words} onOpen={open} onSelect={toggle} />
      </Box>
      <Counts result={result} words={words} />
      {shown !== null && <ShownCount shown={shown.size} total={result.points.length} onClear={state.clearFilters} />}
      <ParallelSection {...{ result, sources, shown, selected, link, state }} onSelect={toggle} onOpen={open} />
      <ImportanceSection sweeps={sweeps} objective={result.objectives[1]?.key ?? ''} state={state} />
    </>
  );
}

/** Keys of the points all of whose runs are selected. */
function useSelectedKeys({ points }: ParetoResult): ReadonlySet<string> {
  const ids = useSelection((selection) => selection.ids);
  return useMemo(
    () => new Set(points.filter(({ runIds }) => runIds.every((id) => ids.has(id))).map(({ key }) => key)),
    [points, ids],
  );
}

/** "5 of 9 settings on the front, 1 uncertain; 30 numbers reach 71% [67, 75] of the full gain." */
function useSummary(result: ParetoResult): string {
  const { t } = useTranslation('pareto');
  const uncertain = result.points.filter(({ isUncertain }) => isUncertain).length;
  const front = t('summary', { count: result.points.length, front: result.front.length, uncertain });
  const knee = kneePoint(result);
  const { gainFraction, numbers } = knee ?? {};
  if (!gainFraction || numbers === null || numbers === undefined) return `${front}.`;
  const { value, interval } = gainFraction;
  const share = `${formatRate(value, 100)}${interval ? ` ${formatRateInterval(interval.low, interval.high, 100)}` : ''}`;
  return `${front}; ${t('reach', { count: numbers, numbers: formatAxisValue(numbers), share })}`;
}

/** What is drawn, what is not, and what the intervals are. */
function Counts({ result, words }: { result: ParetoResult; words: FrontWords }) {
  const { t } = useTranslation('pareto');
  const { points, front, unfinished, incomplete, hypervolume } = result;
  const seeds = [...new Set(points.map((point) => point.seeds.length))].sort((left, right) => left - right);
  const text = [
    t('counts', { count: front.length, dominated: formatCount(points.length - front.length) }),
    ...(unfinished > 0 ? [t('unfinished', { count: unfinished })] : []),
    ...(incomplete > 0 ? [t('incomplete', { count: incomplete })] : []),
  ].join(', ');
  const problems = points.flatMap((point) => observationsOf(point, result) || []);
  const observed = [...new Set(problems)]
    .sort((left, right) => left - right)
    .map(formatCount)
    .filter((_, index, all) => index === 0 || index === all.length - 1)
    .join('–');
  const [fewest = 1, most = fewest] = [seeds[0], seeds.at(-1)];
  const interval =
    most > 1 ? t('overSeeds', { seeds: fewest === most ? String(most) : `${fewest}–${most}` }) : t('oneSeed');
  return (
    <Typography variant="body2" color="textSecondary">
      {text} · {interval}
      {observed !== '' && ` · n ${observed}`}
      {hypervolume !== null &&
        ` · ${t('hypervolume', {
          share: formatMeasure(hypervolume.share, 2),
          reference: hypervolume.reference
            .map((value, index) => (index === 0 ? `${words.formatX(value)} ${words.x}` : words.formatY(value)))
            .join(', '),
        })}`}
    </Typography>
  );
}
