// One metric of all sides over steps, on one y axis. Runs in the renderer.
import { useMemo } from 'react';
import Autocomplete, { createFilterOptions } from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { CurveBand } from '../../../contracts/metric-window.ts';
import { useQueryState } from '../../app/query-state.ts';
import { FrameSwitch } from '../../charts/ChartFrame.tsx';
import { LineChart } from '../../charts/LineChart.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Loading } from '../../components/Loading.tsx';
import { bucketsFor } from '../../charts/line-buckets.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatMeasure } from '../../format.ts';
import { compareLines, endsOf } from './compare-lines.ts';
import type { CompareState } from './compare-state.ts';
import type { Side } from './sides.ts';
import type { Comparison } from './use-comparison.ts';

const filterMetrics = createFilterOptions<string>({ limit: 100 });

export interface CompareCurvesProps {
  comparison: Comparison;
  state: CompareState;
  exporting: { isOpen: boolean; onChange: (isOpen: boolean) => void };
}

export function CompareCurves({ comparison, state, exporting }: CompareCurvesProps) {
  const { t } = useTranslation('compare');
  const { sides, metric, setMetric, marks, colours } = comparison;
  const [seeds, setSeeds] = useQueryState<string>('seeds', '');
  const [zoomText, setZoom] = useQueryState<string>('zoom', '');
  const [logY, setLogY] = useQueryState<string>('log', '');
  const zoom = useMemo(() => parseRange(zoomText), [zoomText]);
  const hasGroups = sides.some(({ runs }) => runs.length > 1);
  const singles = useSingles(sides, metric, zoom, hasGroups && seeds === 'on');
  const bands = useZoomedBands(comparison, zoom);
  const names = useHostQuery('runColumns', {}).data?.metrics.map(({ name }) => name) ?? [];
  const lines = useMemo(() => {
    const nameOf = (side: Side, { runsWithPoints, runs }: CurveBand) =>
      runsWithPoints === runs || runs === 1 ? side.label : t('partOfRuns', { name: side.label, runsWithPoints, runs });
    return compareLines({ sides, bands, marks, singles, hasBands: state.aggregate === 't', nameOf });
  }, [sides, bands, marks, singles, state.aggregate, t]);
  const summary = useSummary(sides, bands);
  const total = bands.reduce((sum, { totalSteps }) => sum + totalSteps, 0);
  const choice = (
    <Autocomplete
      size="small"
      disableClearable
      options={[...new Set([metric, ...names])]}
      filterOptions={filterMetrics}
      value={metric}
      onChange={(_event, name) => setMetric(name)}
      renderInput={(parameters) => <TextField {...parameters} label={t('metric')} />}
      sx={{ width: 220 }}
    />
  );
  return (
    <>
      {choice}
      {comparison.bands === undefined && comparison.error === null && <Loading heightPx={320} />}
      {comparison.bands !== undefined && total === 0 && <EmptyState text={t('noCurve', { metric })} />}
      {total > 0 && (
        <LineChart
          title={metric}
          headingLevel={2}
          scope={t(hasGroups ? (state.aggregate === 't' ? 'scope.t' : 'scope.mean') : 'scope.runs')}
          summary={summary}
          lines={lines}
          xName={t('step')}
          zoom={zoom}
          onZoom={(range) => setZoom(range === null ? '' : range.map((end) => Math.max(0, Math.round(end))).join('-'))}
          logY={{ isLog: logY === 'y', onChange: (isLog) => setLogY(isLog ? 'y' : '') }}
          totalPoints={total + singles.reduce((sum, { totalPoints }) => sum + totalPoints, 0)}
          controls={
            hasGroups && (
              <FrameSwitch
                label={t('singleRuns')}
                isOn={seeds === 'on'}
                onChange={(isOn) => setSeeds(isOn ? 'on' : '')}
              />
            )
          }
          heightPx={320}
          exporting={exporting}
          fileName={`compare-${metric.replaceAll(/[^\w-]+/g, '-')}`}
          {...(colours && {
            legendEntries: colours.map(({ key, mark }) => ({
              id: key,
              name: key,
              mark,
              kind: 'line',
              isBaseline: false,
            })),
          })}
        />
      )}
    </>
  );
}

function parseRange(text: string): [number, number] | null {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  return from === undefined || to === undefined || Number(from) >= Number(to) ? null : [Number(from), Number(to)];
}

const NO_BANDS: readonly CurveBand[] = [];

/** Where a range was dragged open, its own points; else those that the table has. */
function useZoomedBands({ sides, metric, bands }: Comparison, zoom: [number, number] | null): readonly CurveBand[] {
  const { data } = useHostQuery(
    'curveBands',
    {
      name: metric,
      groups: sides.map(({ key, runs }) => ({ key, runs: runs.map(({ id }) => id) })),
      ...{ from: zoom?.[0] ?? null, to: zoom?.[1] ?? null, buckets: bucketsFor(sides.length) },
    },
    { enabled: zoom !== null && sides.length > 0 },
  );
  return (zoom === null ? bands : (data ?? bands)) ?? NO_BANDS;
}

const NO_SINGLES = [] as const;

function useSingles(sides: readonly Side[], metric: string, zoom: [number, number] | null, enabled: boolean) {
  const runs = sides.flatMap((side) => (side.runs.length > 1 ? side.runs.map(({ id }) => id) : []));
  const { data } = useHostQuery(
    'metricWindow',
    { runs, names: [metric], from: zoom?.[0] ?? null, to: zoom?.[1] ?? null, buckets: bucketsFor(runs.length) },
    { enabled },
  );
  return enabled ? (data ?? NO_SINGLES) : NO_SINGLES;
}

/** "13 numbers ends highest at 0.53, 210 numbers lowest at 0.24; 0 NaN." */
function useSummary(sides: readonly Side[], bands: readonly CurveBand[]): string {
  const { t } = useTranslation('compare');
  const { highest, lowest, nonFinite } = endsOf(sides, bands);
  if (highest === undefined || lowest === undefined) return '';
  const values = {
    ...{ name: highest.name, value: formatMeasure(highest.value), nonFinite: formatCount(nonFinite) },
    ...{ lowName: lowest.name, lowValue: formatMeasure(lowest.value) },
  };
  return t(highest === lowest ? 'summary.one' : 'summary.several', values);
}
