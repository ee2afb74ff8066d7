// The user's preferences, one row a key. Runs in the host.
import type { Database } from 'better-sqlite3';
import { Preferences, changedPreferences } from '../../contracts/preferences.ts';
import type { PreferencesChange } from '../../contracts/preferences.ts';

export class PreferenceTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A stored value that this version does not know counts as not chosen. */
  read(): Preferences {
    const rows = this.#database.prepare<[], { key: string; value: string }>('SELECT key, value FROM preferences').all();
    const chosen: Record<string, unknown> = {};
    for (const { key, value } of rows) {
      const candidate: unknown = JSON.parse(value);
      if (Preferences.safeParse({ [key]: candidate }).success) chosen[key] = candidate;
    }
    return Preferences.parse(chosen);
  }

  /** @returns the preferences as they are now */
  change(change: PreferencesChange): Preferences {
    const apply = this.#database.transaction(() => {
      const changed = changedPreferences(this.read(), change);
      const write = this.#database.prepare('INSERT OR REPLACE INTO preferences (key, value) VALUES (?, ?)');
      for (const [key, value] of Object.entries(changed)) {
        if (key in change) write.run(key, JSON.stringify(value));
      }
      return changed;
    });
    return apply.immediate();
  }
}
