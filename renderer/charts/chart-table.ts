// The numbers behind a chart: its table twin, and what CSV and JSON exports hold. Pure; runs in the renderer.
import { fullPrecision } from '../format.ts';

export interface ChartTable {
  columns: readonly string[];
  /** null: missing. NaN is a value. */
  rows: readonly (readonly (string | number | null)[])[];
}

/** RFC 4180: CRLF, quotes where needed, a header line. */
export function tableToCsv({ columns, rows }: ChartTable): string {
  const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const cell = (value: string | number | null) => field(typeof value === 'string' ? value : fullPrecision(value));
  return [columns.map(field), ...rows.map((row) => row.map(cell))].map((row) => `${row.join(',')}\r\n`).join('');
}

/** An array of objects; NaN and infinities, which JSON lacks, as words. */
export function tableToJson({ columns, rows }: ChartTable): string {
  const records = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])));
  return JSON.stringify(
    records,
    (_key, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    2,
  );
}
