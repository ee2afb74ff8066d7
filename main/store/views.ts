// Saved views: screens with their filters, under a name. Runs in the host.
import type { Database } from 'better-sqlite3';
import type { SavedView } from '../../contracts/saved-view.ts';

export class ViewTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** By name. */
  list(): SavedView[] {
    return this.#database
      .prepare<[], SavedView>(
        'SELECT id, name, route, query, updated_at_ms AS updatedAtMs FROM saved_views ORDER BY name, updated_at_ms',
      )
      .all();
  }

  save(view: SavedView): void {
    this.#database
      .prepare(
        `INSERT INTO saved_views (id, name, route, query, updated_at_ms) VALUES (@id, @name, @route, @query, @updatedAtMs)
         ON CONFLICT (id) DO UPDATE SET name = @name, route = @route, query = @query, updated_at_ms = @updatedAtMs`,
      )
      .run(view);
  }

  /** @returns whether there was one */
  delete(id: string): boolean {
    return this.#database.prepare('DELETE FROM saved_views WHERE id = ?').run(id).changes > 0;
  }
}
