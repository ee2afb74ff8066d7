// Parallel coordinates of the front's settings: the state of axes and brushes is the address'. Runs in the renderer.
import { useMemo } from 'react';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { ParetoPoint, ParetoResult } from '../../../contracts/analysis.ts';
import { useEagerChange } from '../../app/eager-change.ts';
import type { PointLink } from '../../charts/linked-points.ts';
import type { AxisBrush, AxisSource, ParallelAxis } from '../../charts/parallel/parallel-axes.ts';
import { ParallelChart } from '../../charts/parallel/ParallelChart.tsx';
import type { ParallelLine } from '../../charts/parallel/parallel-option.ts';
import { scoreText } from '../../charts/pareto/point-words.ts';
import { MISSING, formatCount, formatSetting } from '../../format.ts';
import { arrangedAxes, bestFirst } from './filters.ts';
import type { AxisLayout } from './filters.ts';
import type { ParetoState } from './pareto-state.ts';

const TOP_PERCENTS = [100, 50, 25, 10, 5, 1];

export interface ParallelSectionProps {
  result: ParetoResult;
  sources: readonly AxisSource[];
  shown: ReadonlySet<string> | null;
  selected: ReadonlySet<string>;
  link: PointLink;
  state: ParetoState;
  onSelect: (point: ParetoPoint) => void;
  onOpen: (point: ParetoPoint) => void;
}

export function ParallelSection(props: ParallelSectionProps) {
  const { result, sources, shown, selected, link, state, onSelect, onOpen } = props;
  const { t } = useTranslation('pareto');
  const axes = useMemo(() => arrangedAxes(sources, state.layout), [sources, state.layout]);
  const lines = useMemo(
    () => parallelLines(result, sources, axes, shown, selected),
    [result, sources, axes, shown, selected],
  );
  const byKey = useMemo(() => new Map(result.points.map((point) => [point.key, point])), [result]);
  const withPoint = (use: (point: ParetoPoint) => void) => (key: string) => {
    const point = byKey.get(key);
    if (point) use(point);
  };
  const layout = useMemo(
    (): readonly AxisLayout[] => axes.map(({ key, isLog, isFlipped }) => ({ key, isLog, isFlipped })),
    [axes],
  );
  const changeLayout = useEagerChange(layout, state.setLayout);
  return (
    <ParallelChart
      title={t('settings')}
      fileName="settings"
      {...{ axes, lines, link }}
      brushes={state.brushes}
      totalLines={result.points.length}
      summary={useFilterSummary(axes, state.brushes, lines.length, result.points.length)}
      onBrush={(key, brush) => state.setBrushes({ [key]: brush })}
      onAxis={(key, change) =>
        changeLayout((latest) => latest.map((axis) => (axis.key === key ? { ...axis, ...change } : axis)))
      }
      onMove={(key, toIndex) =>
        changeLayout((latest) => {
          const moved = latest.filter((axis) => axis.key === key);
          return latest.filter((axis) => axis.key !== key).toSpliced(toIndex, 0, ...moved);
        })
      }
      onSelect={withPoint(onSelect)}
      onOpen={withPoint(onOpen)}
      controls={
        <TextField
          select
          label={t('top')}
          value={state.topPercent}
          onChange={(event) => state.setTopPercent(Number(event.target.value))}
          sx={{ minWidth: 88 }}
        >
          {[...new Set([...TOP_PERCENTS, state.topPercent])]
            .sort((left, right) => right - left)
            .map((percent) => (
              <MenuItem key={percent} value={percent}>{`${percent}%`}</MenuItem>
            ))}
        </TextField>
      }
    />
  );
}

function parallelLines(
  result: ParetoResult,
  sources: readonly AxisSource[],
  axes: readonly ParallelAxis[],
  shown: ReadonlySet<string> | null,
  selected: ReadonlySet<string>,
): ParallelLine[] {
  const rowOf = new Map(result.points.map((point, row) => [point, row]));
  const objective = axes.find(({ key }) => key === sources.at(-1)?.key);
  const isCost = result.objectives[1]?.goal === 'min';
  return bestFirst(result.points, result)
    .filter(({ key }) => shown === null || shown.has(key))
    .map((point) => {
      const row = rowOf.get(point) ?? 0;
      const height = objective?.positions[row] ?? 0;
      const values = axes.map(({ key }) => {
        const source = sources.find((candidate) => candidate.key === key);
        const value = source?.values[row] ?? null;
        if (source === sources.at(-1)) return `${source?.name} ${scoreText(point, result)}`;
        return `${source?.name} ${typeof value === 'number' ? (source?.format ?? formatSetting)(value) : String(value ?? MISSING)}`;
      });
      return {
        key: point.key,
        positions: axes.map(({ positions }) => positions[row] ?? 0),
        isSelected: selected.has(point.key),
        shade: isCost === (objective?.isFlipped ?? false) ? height : 1 - height,
        tooltip: [point.label, ...values],
      };
    });
}

/** "5 of 9 match learningRate 0.02–0.1." */
function useFilterSummary(
  axes: readonly ParallelAxis[],
  brushes: ReadonlyMap<string, AxisBrush>,
  shown: number,
  total: number,
): string {
  const { t } = useTranslation('pareto');
  const terms = axes.flatMap(({ key, name }) => {
    const brush = brushes.get(key);
    if (brush === undefined) return [];
    const range =
      'values' in brush ? brush.values.join(', ') : `${formatSetting(brush.low)}–${formatSetting(brush.high)}`;
    return [`${name} ${range}`];
  });
  const counts = { shown: formatCount(shown), total: formatCount(total) };
  return terms.length === 0 ? t('shownOf', counts) : t('match', { ...counts, filter: terms.join('; ') });
}
