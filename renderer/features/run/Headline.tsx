// The numbers of a run that matter most, each with what it is: mode, step, n, interval and its kind. Runs in the renderer.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { COMPILING_PHASE } from '../../../contracts/engine-protocol.ts';
import type { MetricSummary } from '../../../contracts/metric-window.ts';
import type { EvaluationOverview, RunOverview } from '../../../contracts/run-overview.ts';
import { runLabel } from '../../app/run-names.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { useLiveRun } from '../../connection/live-run.ts';
import type { LiveRun } from '../../connection/live-run.ts';
import { MISSING, formatCount, formatDuration, formatMeasure, formatRate, formatRateInterval } from '../../format.ts';

export function Headline({ overview }: { overview: RunOverview }) {
  const { t } = useTranslation('run');
  const { run, evaluations } = overview;
  const names = useHostQuery('metricNames', { run: run.id });
  const live = useLiveRun(run.id, run.totalSteps);
  const metric = (name: string): MetricSummary | null | undefined =>
    names.data?.find((entry) => entry.name === name)?.summary;
  const reward = live.reward ?? metric('reward/mean')?.last;
  const step = Math.max(run.lastStep, live.step);
  return (
    <Box sx={{ display: 'grid', gap: 2 }}>
      <Box component="dl" sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 8, rowGap: 3, m: 0 }}>
        <Value
          name={t('reward')}
          value={formatMeasure(reward)}
          detail={reward === undefined ? t('notMeasured') : t('atStep', { step: formatCount(step) })}
        />
        <Accuracy mode="sampled" evaluation={latest(evaluations, 'sampled')} />
        <Accuracy mode="greedy" evaluation={latest(evaluations, 'greedy')} />
        <Value
          name={t('numbers')}
          value={formatCount(run.parameterCount)}
          detail={t('seedNumber', { seed: String(run.seed) })}
        />
        <Value name="||v||" value={formatMeasure(metric('parameters/norm')?.last)} />
        <Value name={t('charts.klTrainRollout')} value={formatMeasure(metric('kl/trainRollout')?.last)} />
      </Box>
      {run.state === 'running' && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 4 }}>
          <Typography noWrap>
            {t('stepOf', { step: formatCount(step), total: formatCount(run.totalSteps) })}
            {live.phase !== null && ` · ${phaseText(t, live.phase)}`}
          </Typography>
          <LinearProgress
            variant="determinate"
            aria-label={runLabel(run)}
            value={run.totalSteps === 0 ? 0 : Math.min(100, (100 * step) / run.totalSteps)}
            sx={{ flex: 1 }}
          />
          <Typography color="textSecondary" noWrap>
            {live.remainingMs === null ? t('estimating') : t('left', { duration: formatDuration(live.remainingMs) })}
          </Typography>
        </Box>
      )}
    </Box>
  );
}

/** The engine's own word, but for what needs explaining: that the first steps on a GPU wait for its driver. */
export function phaseText(t: TFunction<'run'>, { name, done }: NonNullable<LiveRun['phase']>): string {
  return name === COMPILING_PHASE ? t('compiling', { number: formatCount(done) }) : name;
}

function latest(evaluations: readonly EvaluationOverview[], mode: EvaluationOverview['mode']) {
  return evaluations
    .filter((entry) => entry.mode === mode)
    .reduce<EvaluationOverview | null>((last, entry) => (last === null || entry.step > last.step ? entry : last), null);
}

/** An accuracy says mode, interval with its kind, n and step. */
function Accuracy({ mode, evaluation }: { mode: EvaluationOverview['mode']; evaluation: EvaluationOverview | null }) {
  const { t } = useTranslation('run');
  if (evaluation === null) return <Value name={mode} value={MISSING} detail={t('notMeasured')} />;
  const { accuracy, interval, problems, step } = evaluation;
  return (
    <Value
      name={mode}
      value={
        <>
          {formatRate(accuracy, problems)}{' '}
          <Typography component="span" color="textSecondary" noWrap>
            {formatRateInterval(interval.low, interval.high, problems)}
          </Typography>
        </>
      }
      detail={t('measured', {
        count: problems,
        n: formatCount(problems),
        kind: t(`intervals.${interval.kind}`),
        step: formatCount(step),
      })}
    />
  );
}

function Value({ name, value, detail = '' }: { name: string; value: ReactNode; detail?: string }) {
  return (
    <Box>
      <Typography component="dt" variant="body2" color="textSecondary">
        {name}
      </Typography>
      <Typography component="dd" variant="h4" sx={{ m: 0 }}>
        {value}
      </Typography>
      <Typography component="dd" variant="caption" color="textSecondary" sx={{ m: 0, display: 'block', minHeight: 16 }}>
        {detail}
      </Typography>
    </Box>
  );
}
