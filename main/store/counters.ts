// Numbers that are never given twice, though the rows that had them may be gone: r128 stays r128. Runs in the host.
import type { Database } from 'better-sqlite3';

type NumberedTable = 'runs' | 'sweeps';

/** SQL for the number that the table's next row gets. */
export function nextNumber(table: NumberedTable): string {
  return `(SELECT max(coalesce((SELECT max(number) FROM ${table}), 0),
    coalesce((SELECT value FROM counters WHERE name = '${table}'), 0)) + 1)`;
}

/** Remembers the largest number, before rows are deleted. */
export function keepNumbers(database: Database, table: NumberedTable): void {
  database.exec(
    `INSERT INTO counters (name, value) SELECT '${table}', coalesce(max(number), 0) FROM ${table} WHERE true
     ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
  );
}
