// The table of runs as CSV or JSON, every number in full. Pure; runs in the host's query thread.
import type { RunTableCell, RunTableResult } from '../../../contracts/run-table.ts';
import { csvText } from '../csv.ts';

type Text = { mediaType: string; rows: number; text: string };

export function exportRunTable(table: RunTableResult, format: 'csv' | 'json'): Text {
  const rows = table.rows.length;
  if (format === 'csv') return { mediaType: 'text/csv', rows, text: tableCsv(table) };
  return { mediaType: 'application/json', rows, text: `${JSON.stringify(tableJson(table), null, 2)}\n` };
}

/** A column of measured values has its interval and count in columns of their own. */
function tableCsv({ columns, rows }: RunTableResult): string {
  const measured = columns.map(({ kind }) => kind === 'accuracy' || kind === 'metric');
  const header = columns.flatMap(({ key }, index) =>
    measured[index] ? [key, `${key}_low`, `${key}_high`, `${key}_interval`, `${key}_n`] : [key],
  );
  const lines = rows.map(({ id, runIds, label, state, seeds, cells }) => [
    ...[id, runIds.join(' '), label, state, seeds.join(' ')],
    ...cells.flatMap((cell, index) => (measured[index] ? measuredFields(cell) : [plainField(cell)])),
  ]);
  return csvText([['id', 'runs', 'label', 'state', 'seeds', ...header], ...lines]);
}

function plainField(cell: RunTableCell | null): string | number | boolean | null {
  if (cell === null) return null;
  return Array.isArray(cell.value) ? cell.value.join(' ') : cell.value;
}

function measuredFields(cell: RunTableCell | null) {
  const { low = null, high = null, kind = null } = cell?.interval ?? {};
  return [plainField(cell), low, high, kind, cell?.n ?? null];
}

function tableJson({ columns, rows }: RunTableResult) {
  return rows.map(({ cells, ...row }) => ({
    ...row,
    values: Object.fromEntries(columns.map(({ key }, index) => [key, cells[index] ?? null])),
  }));
}
