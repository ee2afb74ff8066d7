// All metrics of a run as one table: a row a step, a column a metric. Pure; runs in the renderer.
import type { MetricSeries } from '../../../contracts/run-state.ts';
import type { ChartTable } from '../../charts/chart-table.ts';

export function metricTable(metrics: readonly MetricSeries[]): ChartTable {
  const values = new Map<number, (number | null)[]>();
  for (const [column, series] of metrics.entries()) {
    const set = (step: number, value: number | null) => {
      const row = values.get(step) ?? metrics.map(() => null);
      row[column] = value;
      values.set(step, row);
    };
    for (const [index, step] of series.steps.entries()) set(step, series.values[index] ?? null);
    for (const { step, value } of series.marks) set(step, Number(value));
  }
  const steps = [...values.keys()].sort((left, right) => left - right);
  return {
    columns: ['step', ...metrics.map(({ name }) => name)],
    rows: steps.map((step) => [step, ...(values.get(step) ?? [])]),
  };
}
