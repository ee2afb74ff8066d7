// The trained numbers over the steps, as the cells of a heat map. Runs in the host's query thread.
import type { ParameterHistory, ParameterHistoryQuery } from '../../../contracts/metric-window.ts';

export interface ParameterSource {
  runs: { numberOf: (id: string) => number };
  parameters: {
    /** By step. */
    history: (
      runNumber: number,
      range: { from: number; to: number },
    ) => Iterable<{ step: number; total: number; indices: Uint32Array | null; numbers: Float32Array }>;
  };
}

interface Column {
  from: number;
  to: number;
  /** v of the largest |v| by index. */
  values: Map<number, number>;
}

/** A column holds the steps of a bucket, whose edges are multiples of a power of two; of each number its largest |v|. */
export function parameterHistory(source: ParameterSource, query: ParameterHistoryQuery): ParameterHistory {
  const runNumber = source.runs.numberOf(query.run);
  const range = { from: query.from ?? 0, to: query.to ?? Number.MAX_SAFE_INTEGER };
  let columns: Column[] = [];
  let width = 1;
  let totalNumbers = 0;
  let totalSteps = 0;
  for (const { step, total, indices, numbers } of source.parameters.history(runNumber, range)) {
    totalNumbers = total;
    totalSteps += 1;
    let column = columns.at(-1);
    if (column && Math.floor(column.from / width) === Math.floor(step / width)) column.to = step;
    else columns.push((column = { from: step, to: step, values: new Map() }));
    for (const [position, value] of numbers.entries())
      keepLarger(column.values, indices?.[position] ?? position, value);
    while (columns.length > query.columns) columns = mergeColumns(columns, (width *= 2));
  }
  const { indices, recordedNumbers } = largestRows(columns, query.rows);
  return {
    ...{ totalNumbers, recordedNumbers, indices, totalSteps },
    columns: columns.map(({ from, to }) => ({ from, to })),
    values: indices.map((index) => columns.map(({ values }) => values.get(index) ?? null)),
  };
}

function keepLarger(values: Map<number, number>, index: number, value: number): void {
  const known = values.get(index);
  if (known === undefined || Math.abs(value) > Math.abs(known)) values.set(index, value);
}

function mergeColumns(columns: readonly Column[], width: number): Column[] {
  const merged: Column[] = [];
  for (const column of columns) {
    const last = merged.at(-1);
    if (last && Math.floor(last.from / width) === Math.floor(column.from / width)) {
      last.to = column.to;
      for (const [index, value] of column.values) keepLarger(last.values, index, value);
    } else merged.push(column);
  }
  return merged;
}

function largestRows(columns: readonly Column[], rows: number): { indices: number[]; recordedNumbers: number } {
  const largest = new Map<number, number>();
  for (const { values } of columns) for (const [index, value] of values) keepLarger(largest, index, value);
  const indices = [...largest]
    .sort(([first, left], [second, right]) => Math.abs(right) - Math.abs(left) || first - second)
    .slice(0, rows)
    .map(([index]) => index)
    .sort((left, right) => left - right);
  return { indices, recordedNumbers: largest.size };
}
