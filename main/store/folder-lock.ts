// The lock that makes one process the owner of a data folder. Runs in the host.
import SqliteDatabase from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { storageError } from './database.ts';

/**
 * An exclusive SQLite transaction on a file of its own. The operating system holds the lock for the process and drops it
 * when the process ends, however it ends, so that a lock cannot go stale and two takers cannot both win.
 */
export class FolderLock {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** @returns null where another process holds the lock. Throws STORAGE where the file cannot be written. */
  static acquire(path: string): FolderLock | null {
    let database: Database | undefined;
    try {
      database = new SqliteDatabase(path, { timeout: 0 });
      // No journal file: there is nothing to roll back, and a leftover one would need a recovery.
      database.pragma('journal_mode = MEMORY');
      database.exec('BEGIN EXCLUSIVE');
      return new FolderLock(database);
    } catch (error) {
      database?.close();
      if (error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
      throw storageError(error, path);
    }
  }

  release(): void {
    this.#database.close();
  }
}
