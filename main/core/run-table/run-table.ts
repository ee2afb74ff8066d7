// The table of runs: filtered, aggregated over seeds, sorted, grouped. Runs in the host's query thread.
import { badInput } from '../../../contracts/app-error.ts';
import type { RunTableCell, RunTableQuery, RunTableResult, RunTableRow } from '../../../contracts/run-table.ts';
import type { RunState } from '../../../contracts/run-state.ts';
import { mean, meanWithInterval } from '../statistics.ts';
import type { Column } from './columns.ts';
import type { FilterTerm, FilterValue } from './filter.ts';
import { compare, parseFilter } from './filter.ts';
import type { RunFacts } from './run-facts.ts';
import type { RunSource } from './run-source.ts';
import { RunValues } from './run-values.ts';
import { settingKey } from './settings.ts';

/** States by how much they ask for attention. */
const ATTENTION: readonly RunState[] = [
  ...(['running', 'failed', 'interrupted', 'queued', 'paused', 'cancelled', 'done'] as const),
];
const MISSING_GROUP = '–';

type Row = readonly [RunFacts, ...RunFacts[]];
interface Page {
  offset: number;
  limit: number;
}

/** Throws BAD_INPUT for a filter that cannot be read. */
export function runTable(source: RunSource, query: RunTableQuery, { offset, limit }: Page): RunTableResult {
  const runs = query.runs === null ? source.runs.all() : source.runs.withIds(query.runs);
  const values = new RunValues(source, runs);
  const matched = matchRuns(values, query.filter);
  const columns = query.columns.map((key) => values.column(key));
  const sorted = sortRows(toRows(matched, query.aggregateSeeds), values, query.sort);
  const { rows, groups, groupOf } = groupRows(sorted, values, query.group);
  return {
    totalRuns: runs.length,
    matchedRuns: matched.length,
    totalRows: rows.length,
    offset,
    columns: columns.map(({ kind }, index) => ({ key: query.columns[index] ?? '', kind })),
    groups,
    rows: rows.slice(offset, offset + limit).map((row) => tableRow(row, values, columns, groupOf.get(row) ?? null)),
  };
}

/** Runs that a filter lets through, in the order they are in. Throws BAD_INPUT for one that cannot be read. */
export function matchRuns(values: RunValues, filter: string): RunFacts[] {
  const tests = parseFilter(filter).map((term) => termTest(term, values));
  return values.runs.filter((run) => tests.every((test) => test(run)));
}

function termTest(term: FilterTerm, values: RunValues): (run: RunFacts) => boolean {
  if (term.kind === 'text') return (run) => values.textOf(run).includes(term.text) !== term.negated;
  const column = values.column(term.key);
  if (column.kind === 'setting' && values.runs.length > 0 && !values.settingPaths.includes(column.path)) {
    throw badInput(
      `The filter's \`${term.source}\` names no column ${term.key}: use a setting such as adapter.rank, a metric such as ` +
        'reward/mean@last, or state, sweep, tag, numbers, sampled, greedy; put text in quotes.',
    );
  }
  return (run) => compare(term, values.valueOf(run, column)) !== term.negated;
}

function toRows(runs: readonly RunFacts[], aggregate: boolean): Row[] {
  if (!aggregate) return runs.map((run) => [run]);
  const groups = Map.groupBy(runs, settingKey);
  return [...groups.values()].flatMap(([first, ...others]): Row[] => {
    if (first === undefined) return [];
    const [least = first, ...rest] = [first, ...others].sort((left, right) => left.seed - right.seed);
    return [[least, ...rest]];
  });
}

/** What a row is sorted and grouped by: the mean over its runs, or what they share. */
function rowValue(row: Row, values: RunValues, column: Column): FilterValue {
  if (row.length === 1) return values.valueOf(row[0], column);
  const present = row.map((run) => values.valueOf(run, column)).filter((value) => value !== null);
  const numbers = present.filter((value) => typeof value === 'number');
  if (present.length === 0) return null;
  if (numbers.length === present.length && !isSeed(column)) return mean(numbers);
  const texts = [...new Set(present.flatMap((value) => (typeof value === 'object' ? value : [String(value)])))];
  return texts.length === 1 && typeof present[0] !== 'object' ? (present[0] ?? null) : texts;
}

/** Seeds name runs: a mean of them says nothing. */
function isSeed(column: Column): boolean {
  return (column.kind === 'field' && column.key === 'seed') || (column.kind === 'setting' && column.path === 'seed');
}

function sortRows(rows: readonly Row[], values: RunValues, sort: RunTableQuery['sort']): Row[] {
  const keys = sort.map(({ key, descending }) => ({ column: values.column(key), sign: descending ? -1 : 1 }));
  const keyed = rows.map((row) => ({ row, sortValues: keys.map(({ column }) => rowValue(row, values, column)) }));
  keyed.sort((left, right) => {
    for (const [index, { sign }] of keys.entries()) {
      const order = compareValues(left.sortValues[index] ?? null, right.sortValues[index] ?? null, sign);
      if (order !== 0) return order;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

/** Missing values are last whatever the direction. */
function compareValues(left: FilterValue, right: FilterValue, sign: number): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
  if (typeof left === 'number' || typeof right === 'number') return typeof left === 'number' ? -1 : 1;
  return sign * COLLATOR.compare(String(left), String(right));
}
const COLLATOR = new Intl.Collator('en', { numeric: true });

function groupRows(rows: readonly Row[], values: RunValues, group: string | null) {
  const groupOf = new Map<Row, string>();
  if (group === null) return { rows, groups: [], groupOf };
  const column = values.column(group);
  const sorted = rows
    .map((row) => ({ row, value: rowValue(row, values, column) }))
    .sort((left, right) => compareValues(left.value, right.value, 1));
  for (const { row, value } of sorted) groupOf.set(row, value === null ? MISSING_GROUP : String(value));
  const members = Map.groupBy(sorted, ({ row }) => groupOf.get(row) ?? MISSING_GROUP);
  const groups = [...members].map(([value, entries]) => ({
    value,
    rows: entries.length,
    runs: entries.reduce((count, { row }) => count + row.length, 0),
  }));
  return { rows: [...members.values()].flat().map(({ row }) => row), groups, groupOf };
}

function tableRow(row: Row, values: RunValues, columns: readonly Column[], group: string | null): RunTableRow {
  const states: Partial<Record<RunState, number>> = {};
  for (const { state } of row) states[state] = (states[state] ?? 0) + 1;
  const state = ATTENTION.find((candidate) => states[candidate] !== undefined) ?? row[0].state;
  const { failure, lastStep, totalSteps } = row.find((run) => run.state === state) ?? row[0];
  return {
    id: row[0].id,
    number: row[0].number,
    runIds: row.map(({ id }) => id),
    label: row[0].label,
    ...{ state, states, failure, lastStep, totalSteps },
    seeds: row.map(({ seed }) => seed),
    group,
    cells: columns.map((column) => tableCell(row, values, column)),
  };
}

function tableCell(row: Row, values: RunValues, column: Column): RunTableCell | null {
  const value = rowValue(row, values, column);
  if (value === null) return null;
  const plain = typeof value === 'object' ? [...value] : value;
  if (column.kind === 'accuracy' && row.length === 1) {
    return { value: plain, ...(values.intervalOf(row[0], column.key) ?? { interval: null, n: null }) };
  }
  if (row.length === 1) return { value: plain, interval: null, n: null };
  const results = row.map((run) => values.valueOf(run, column)).filter((entry) => typeof entry === 'number');
  const isMeasured = column.kind === 'accuracy' || column.kind === 'metric';
  if (!isMeasured || results.length < 2) return { value: plain, interval: null, n: results.length || null };
  const { low, high, n } = meanWithInterval(results);
  return { value: plain, interval: { low, high, kind: 'student-over-seeds' }, n };
}
