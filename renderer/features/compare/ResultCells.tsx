// One result of one side: an accuracy, a difference, a curve's value, each with its interval in words. Runs in the renderer.
import type { ReactNode } from 'react';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { CompareRunsResult } from '../../../contracts/analysis.ts';
import { MISSING, formatCount, formatDifference, formatMeasure, formatRate, formatRateInterval } from '../../format.ts';
import type { Aggregate } from './compare-state.ts';
import { estimateOf, verdictOf } from './results.ts';
import type { BandValue } from './results.ts';

type ResultSide = CompareRunsResult['sides'][number];

function Value({ text, detail }: { text: ReactNode; detail: string }) {
  return (
    <>
      {text}
      <Typography variant="caption" component="div" color="textSecondary">
        {detail}
      </Typography>
    </>
  );
}

function Pending() {
  const { t } = useTranslation('compare');
  return (
    <Typography variant="caption" color="textSecondary">
      {t('computing')}
    </Typography>
  );
}

export function AccuracyCell({ side, aggregate }: { side: ResultSide | undefined; aggregate: Aggregate }) {
  const { t } = useTranslation('compare');
  if (side === undefined) return <Pending />;
  const estimate = estimateOf(side, aggregate);
  if (estimate === null) return <Value text={MISSING} detail={t('noEvaluation')} />;
  const { value, low, high, kind, problems, runs } = estimate;
  return (
    <Value
      text={`${formatRate(value, problems)} ${formatRateInterval(low, high, problems)}`}
      detail={t('estimate', {
        n: formatCount(problems),
        kind: t(`intervals.${kind}`),
        runs: runs === 1 ? t('oneRun') : t('meanOfRuns', { runs: formatCount(runs) }),
      })}
    />
  );
}

export function DifferenceCell({ side, isBaseline }: { side: ResultSide | undefined; isBaseline: boolean }) {
  const { t } = useTranslation('compare');
  if (isBaseline) return MISSING;
  if (side === undefined) return <Pending />;
  const { against } = side;
  if (against === null)
    return <Value text={MISSING} detail={t(side.accuracy === null ? 'noEvaluation' : 'notPaired')} />;
  const { difference, interval, problems, pHolm } = against;
  const verdict = verdictOf(against);
  const star = verdict === 'significant' ? ' *' : '';
  return (
    <Value
      text={
        <strong>
          {`${formatDifference(difference, problems)} ${formatRateInterval(interval.low, interval.high, problems)}${star}`}
        </strong>
      }
      detail={t(`verdicts.${verdict}`, { p: formatMeasure(pHolm, 2) })}
    />
  );
}

export function CurveCell({ value, hasInterval }: { value: BandValue | null | undefined; hasInterval: boolean }) {
  const { t } = useTranslation('compare');
  if (value === undefined) return <Pending />;
  if (value === null) return MISSING;
  const { low, high, runs, step } = value;
  const interval =
    !hasInterval || low === null || high === null ? '' : ` [${formatMeasure(low)}, ${formatMeasure(high)}]`;
  return (
    <Value
      text={`${formatMeasure(value.value)}${interval}`}
      detail={t('curveValue', {
        step: formatCount(step),
        runs: runs === 1 ? t('oneRun') : t('meanOfRuns', { runs: formatCount(runs) }),
      })}
    />
  );
}
