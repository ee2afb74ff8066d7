// The trained numbers over the steps: one row a number, colour parts at zero. Runs in the renderer.
import { useMemo } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ParameterHistory } from '../../../contracts/metric-window.ts';
import { HeatMap } from '../../charts/HeatMap.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatMeasure } from '../../format.ts';

const COLUMNS = 300;
const ROWS = 200;
const ROW_PX = 14;
const LEAST_HEIGHT_PX = 240;
const MOST_HEIGHT_PX = 480;

export interface ParametersChartProps {
  runId: string;
  /** In steps. */
  zoom: readonly [number, number] | null;
  onZoom: (steps: [number, number] | null) => void;
  fileName: string;
}

export function ParametersChart({ runId, zoom, onZoom, fileName }: ParametersChartProps) {
  const { t } = useTranslation('run');
  const { data } = useHostQuery(
    'parameterHistory',
    { run: runId, from: zoom?.[0] ?? null, to: zoom?.[1] ?? null, columns: COLUMNS, rows: ROWS },
    { placeholderData: keepPreviousData },
  );
  const labels = useMemo(
    () => ({
      columns: data?.columns.map(({ from, to }) => (from === to ? String(to) : `${from}–${to}`)) ?? [],
      rows: data?.indices.map((index) => `v_${index}`) ?? [],
    }),
    [data],
  );
  if (data === undefined || data.columns.length === 0) return null;
  const largest = largestLast(data);
  const isCut = data.indices.length < data.totalNumbers;
  return (
    <HeatMap
      title={t('charts.parameters')}
      scope={
        isCut
          ? t('largestNumbers', { shown: formatCount(data.indices.length), total: formatCount(data.totalNumbers) })
          : t('allNumbers', { count: data.totalNumbers, total: formatCount(data.totalNumbers) })
      }
      summary={
        largest === null
          ? t('summary.nothing')
          : t('summary.parameters', { name: `v_${largest.index}`, value: formatMeasure(largest.value) })
      }
      totalPoints={data.totalSteps * data.totalNumbers}
      columns={labels.columns}
      rows={labels.rows}
      values={data.values}
      xName={t('x.step')}
      heightPx={Math.min(MOST_HEIGHT_PX, Math.max(LEAST_HEIGHT_PX, data.indices.length * ROW_PX))}
      onZoom={(range) => onZoom(range && stepsOf(data, range))}
      fileName={`${fileName}-v`}
    />
  );
}

/** The number with the largest |v| in the last column. */
export function largestLast({ indices, values }: ParameterHistory): { index: number; value: number } | null {
  let largest: { index: number; value: number } | null = null;
  for (const [row, index] of indices.entries()) {
    const value = values[row]?.at(-1) ?? null;
    if (value !== null && (largest === null || Math.abs(value) > Math.abs(largest.value))) largest = { index, value };
  }
  return largest;
}

/** Columns are dragged over; steps are asked for. */
function stepsOf({ columns }: ParameterHistory, [first, last]: [number, number]): [number, number] {
  const at = (column: number) => columns[Math.max(0, Math.min(columns.length - 1, Math.round(column)))];
  return [at(first)?.from ?? 0, at(last)?.to ?? 0];
}
