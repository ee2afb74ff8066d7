// Reward and accuracy over the steps, a line a setting: the mean of its seeds with Student's interval. Runs in the renderer.
import { useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { CurveBand } from '../../../contracts/metric-window.ts';
import type { SweepGrid, SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import { LineChart, legendOf } from '../../charts/LineChart.tsx';
import { useRunMarks } from '../../charts/run-marks.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { bucketsFor } from '../../charts/line-buckets.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { useRefreshWhileLive } from '../../connection/refresh.ts';
import { formatCount, formatMeasure, formatRate } from '../../format.ts';
import { MOST_GROUPS, bandPoints, curveGroups } from './curve-groups.ts';
import { useEvaluationLines } from './evaluation-lines.ts';
import type { Mode } from './score-words.ts';

const CURVES = { reward: 'reward/mean', accuracy: 'rate/strict' } as const;
const RANGES = { reward: [-Infinity, Infinity], accuracy: [0, 1] } as const;
const HEIGHT_PX = 320;
const REFRESHED = ['curveBands', 'evaluationCurves'] as const;

export function CurvesTab({ sweep, mode }: { sweep: SweepGrid; mode: Mode }) {
  const { t } = useTranslation('sweep');
  const [zoom, setZoom] = useState<[number, number] | null>(null);
  const groups = useMemo(() => curveGroups(sweep, mode), [sweep, mode]);
  const shown = useMemo(() => groups.slice(0, MOST_GROUPS), [groups]);
  const runIds = useMemo(() => new Set(shown.flatMap(({ cells }) => cells.map(({ runId }) => runId))), [shown]);
  useRefreshWhileLive(runIds, REFRESHED);
  if (shown.length === 0) return <EmptyState text={t('noCurves')} />;
  return (
    <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
      {groups.length > shown.length && (
        <Typography color="textSecondary">
          {t('bestOf', { shown: formatCount(shown.length), total: formatCount(groups.length), mode })}
        </Typography>
      )}
      <Box
        sx={{ display: 'grid', gap: 4, gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'repeat(2, minmax(0, 1fr))' } }}
      >
        {(['reward', 'accuracy'] as const).map((curve) => (
          <GroupCurves key={curve} {...{ curve, sweep, mode, zoom }} groups={shown} onZoom={setZoom} />
        ))}
      </Box>
    </Box>
  );
}

interface GroupCurvesProps {
  curve: keyof typeof CURVES;
  sweep: SweepGrid;
  mode: Mode;
  groups: readonly SweepGridSetting[];
  zoom: [number, number] | null;
  onZoom: (range: [number, number] | null) => void;
}

function GroupCurves({ curve, sweep, mode, groups, zoom, onZoom }: GroupCurvesProps) {
  const { t } = useTranslation('sweep');
  const [isLogY, setLogY] = useState(false);
  const keys = useMemo(() => groups.map(({ key }) => key), [groups]);
  const markOf = useRunMarks(keys);
  const { data, error, refetch } = useHostQuery(
    'curveBands',
    {
      name: CURVES[curve],
      groups: groups.map(({ key, cells }) => ({ key, runs: cells.map(({ runId }) => runId) })),
      ...{ from: zoom?.[0] ?? null, to: zoom?.[1] ?? null, buckets: bucketsFor(groups.length) },
    },
    { placeholderData: keepPreviousData },
  );
  const evaluated = useEvaluationLines(groups, mode, zoom, markOf, curve === 'accuracy');
  const bands = useMemo(
    () =>
      (data ?? []).flatMap((band) => {
        const setting = groups.find(({ key }) => key === band.key);
        if (setting === undefined || band.steps.length + band.marks.length === 0) return [];
        const missing = band.runsWithPoints < band.runs;
        const name = missing
          ? t('someSeeds', { label: setting.label, with: band.runsWithPoints, count: band.runs })
          : setting.label;
        return [
          {
            id: band.key,
            name,
            mark: markOf(band.key),
            kind: 'line' as const,
            points: bandPoints(band, RANGES[curve]),
          },
        ];
      }),
    [data, groups, markOf, curve, t],
  );
  const lines = useMemo(() => [...bands, ...evaluated], [bands, evaluated]);
  const title = t(`curves.${curve}`);
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading heightPx={HEIGHT_PX} />;
  if (lines.length === 0) return <EmptyState text={t('curveMissing', { name: CURVES[curve] })} />;
  return (
    <LineChart
      title={title}
      headingLevel={2}
      scope={evaluated.length === 0 ? t('curveScope') : `${t('curveScope')} · ${t('markerScope', { mode })}`}
      lines={lines}
      xName="step"
      heightPx={HEIGHT_PX}
      formatValue={curve === 'accuracy' ? formatTrainingRate : formatMeasure}
      group="sweep-curves"
      fileName={`s${sweep.number}-${curve}`}
      summary={t('curveSummary', bestEnd(data, groups, curve))}
      totalPoints={evaluated.reduce((total, { points }) => total + points.length, totalOf(data))}
      legendEntries={legendOf(bands)}
      logY={{ isLog: isLogY, onChange: setLogY }}
      zoom={zoom}
      onZoom={onZoom}
    />
  );
}

function totalOf(bands: readonly CurveBand[]): number {
  return bands.reduce((total, { totalSteps, marks }) => total + totalSteps + marks.length, 0);
}

/** Means over steps and seeds: enough observations for a decimal. */
function formatTrainingRate(value: number): string {
  return formatRate(value, 1000);
}

/** Which setting stands highest at its last step. */
function bestEnd(bands: readonly CurveBand[], groups: readonly SweepGridSetting[], curve: keyof typeof CURVES) {
  const ends = bands.flatMap(({ key, means, steps }) => {
    const value = means.at(-1);
    return value === undefined ? [] : [{ key, value, step: steps.at(-1) ?? 0 }];
  });
  const best = ends.reduce<(typeof ends)[number] | null>(
    (highest, end) => (highest === null || end.value > highest.value ? end : highest),
    null,
  );
  return {
    label: groups.find(({ key }) => key === best?.key)?.label ?? '',
    value: (curve === 'accuracy' ? formatTrainingRate : formatMeasure)(best?.value ?? NaN),
    step: formatCount(best?.step ?? 0),
  };
}
