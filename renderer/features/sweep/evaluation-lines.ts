// Held-out accuracy as markers over a sweep's curves, with the interval that each has. Runs in the renderer.
import { useMemo } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { EvaluationCurve } from '../../../contracts/analysis.ts';
import type { SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import type { LinePoint, LineSeries } from '../../charts/line-series.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import type { RunMark } from '../../theme/tokens.ts';
import type { Mode } from './score-words.ts';

type Zoom = readonly [number, number] | null;

/** Empty where they are not asked for, until they have come, and where there are none. */
export function useEvaluationLines(
  groups: readonly SweepGridSetting[],
  mode: Mode,
  zoom: Zoom,
  markOf: (key: string) => RunMark,
  isAsked: boolean,
): LineSeries[] {
  const { t } = useTranslation('sweep');
  const { data } = useHostQuery(
    'evaluationCurves',
    { groups: groups.map(({ key, cells }) => ({ key, runs: cells.map(({ runId }) => runId) })), mode },
    { enabled: isAsked, placeholderData: keepPreviousData },
  );
  return useMemo(
    () =>
      (isAsked ? (data ?? []) : []).flatMap(({ key, points }): LineSeries[] => {
        const setting = groups.find((group) => group.key === key);
        const own = evaluationPoints(points, zoom);
        if (setting === undefined || own.length === 0) return [];
        const name = `${setting.label}, ${t(`accuracyOf.${mode}`)}`;
        return [{ id: `evaluation-${key}`, name, mark: markOf(key), kind: 'markers', points: own }];
      }),
    [data, groups, mode, zoom, markOf, isAsked, t],
  );
}

/** Those in the zoom; an interval of one value alone says nothing and is left out. */
export function evaluationPoints(points: EvaluationCurve['points'], zoom: Zoom): LinePoint[] {
  return points
    .filter(({ step }) => zoom === null || (step >= zoom[0] && step <= zoom[1]))
    .map(({ step, value, interval: { low, high }, problems, samples, seeds }) => {
      const point = { x: step, y: value, n: problems * samples * seeds };
      const isKnown = Number.isFinite(low) && Number.isFinite(high);
      return isKnown ? { ...point, low: Math.max(0, low), high: Math.min(1, high) } : point;
    });
}
