// Opens the data folder's SQLite file. Runs in the host. main/store is the only importer of better-sqlite3.
import SqliteDatabase from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { AppError, errorMessage, hasErrorCode } from '../../contracts/app-error.ts';
import { migrate } from './migrations.ts';

/** Errors of a disk or folder that the user has to mend, not of a statement. */
const STORAGE_CODES = [
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
  'SQLITE_PERM',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
];

function isStorageCode(error: unknown): boolean {
  if (!(error instanceof SqliteDatabase.SqliteError)) return false;
  // Extended codes begin with their family's name, e.g. SQLITE_READONLY_DIRECTORY, SQLITE_IOERR_WRITE.
  return STORAGE_CODES.some((code) => error.code.startsWith(code)) || error.code.startsWith('SQLITE_IOERR');
}

/** Gives an error of SQLite its cause in the user's words; passes every other error through. */
export function storageError(error: unknown, path: string): unknown {
  if (isStorageCode(error) || hasErrorCode(error, 'ENOSPC', 'EROFS', 'EACCES', 'EPERM')) {
    return new AppError(
      'STORAGE',
      `Cannot write ${path} (${errorMessage(error)}): free disk space and check that the folder is writable, then start again.`,
      { cause: error },
    );
  }
  return error;
}

/**
 * @param path of the file, or `:memory:`
 * Throws STORAGE where it cannot be written, BAD_INPUT where a newer program wrote it.
 */
export function openDatabase(path: string): Database {
  let database: Database | undefined;
  try {
    database = new SqliteDatabase(path);
    database.pragma('journal_mode = WAL');
    // A run's state must survive loss of power; there are only a few transactions a second.
    database.pragma('synchronous = FULL');
    database.pragma('busy_timeout = 5000');
    database.pragma('foreign_keys = ON');
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    throw storageError(error, path);
  }
}
