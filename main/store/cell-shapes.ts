// The shape of each cell, kept once it was read: the database works it out from the whole configuration each time, and a
// cell's key settles it. Runs in the host.
import type { Database, Statement } from 'better-sqlite3';

export class CellShapes {
  readonly #select: Statement<[string], string>;
  readonly #known = new Map<string, string>();

  constructor(database: Database) {
    this.#select = database.prepare<[string], string>('SELECT shape FROM cells WHERE key = ?').pluck();
  }

  /** Empty where there is no such cell. */
  of(cellKey: string): string {
    let shape = this.#known.get(cellKey);
    if (shape === undefined) this.#known.set(cellKey, (shape = this.#select.get(cellKey) ?? ''));
    return shape;
  }
}
