// The host's own settings by name, as JSON. Runs in the host.
import type { Database, Statement } from 'better-sqlite3';

export class HostSettingTable {
  readonly #select: Statement<[string], { value: string }>;
  readonly #insert: Statement<[string, string]>;

  constructor(database: Database) {
    this.#select = database.prepare('SELECT value FROM host_settings WHERE name = ?');
    this.#insert = database.prepare('INSERT OR REPLACE INTO host_settings VALUES (?, ?)');
  }

  /** Null where it was never set. */
  get(name: string): unknown {
    const row = this.#select.get(name);
    return row === undefined ? null : JSON.parse(row.value);
  }

  set(name: string, value: unknown): void {
    this.#insert.run(name, JSON.stringify(value));
  }
}
