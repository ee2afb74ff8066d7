// Files that the user added, what is known of models, downloads. Runs in the host.
import type { Database } from 'better-sqlite3';
import { Download, ModelInspection } from '../../contracts/library.ts';
import type { SweepUse } from '../../contracts/library.ts';

interface InspectionRow {
  path: string;
  size_bytes: number;
  modified_at_ms: number;
  inspection: string | null;
  failure: string | null;
}

interface StoredInspection {
  path: string;
  sizeBytes: number;
  modifiedAtMs: number;
  inspection: ModelInspection | null;
  failure: string | null;
}

/** Each sweep once for each file that a cell of it names. */
const SWEEP_FILES = `
SELECT DISTINCT sweeps.id AS sweepId, sweeps.name, used.value AS path
FROM sweeps
JOIN sweep_cells ON sweep_cells.sweep_id = sweeps.id
JOIN cells ON cells.key = sweep_cells.cell_key
JOIN json_each(json_array(cells.config ->> '$.model', cells.config ->> '$.data.train', cells.config ->> '$.data.heldOut')) AS used
ORDER BY sweeps.queued_at_ms`;

function parseInspection(text: string | null): ModelInspection | null {
  const parsed = ModelInspection.safeParse(text === null ? null : JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

export class LibraryTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  addFile(path: string, kind: 'model' | 'data'): void {
    this.#database.prepare('INSERT OR REPLACE INTO library_files VALUES (?, ?, ?)').run(path, kind, Date.now());
  }

  removeFile(path: string): void {
    this.#database.prepare('DELETE FROM library_files WHERE path = ?').run(path);
  }

  files(kind: 'model' | 'data'): string[] {
    const select = this.#database.prepare<[string], { path: string }>(
      'SELECT path FROM library_files WHERE kind = ? ORDER BY added_at_ms, path',
    );
    return select.all(kind).map(({ path }) => path);
  }

  /** Null where the file was never inspected, or by a program that asked less of it. */
  inspection(path: string): StoredInspection | null {
    const row = this.#database
      .prepare<[string], InspectionRow>('SELECT * FROM model_inspections WHERE path = ?')
      .get(path);
    if (row === undefined) return null;
    const inspection = parseInspection(row.inspection);
    if (inspection === null && row.failure === null) return null;
    const { size_bytes: sizeBytes, modified_at_ms: modifiedAtMs, failure } = row;
    return { path, sizeBytes, modifiedAtMs, inspection, failure };
  }

  saveInspection({ path, sizeBytes, modifiedAtMs, inspection, failure }: StoredInspection): void {
    const text = inspection === null ? null : JSON.stringify(inspection);
    this.#database
      .prepare('INSERT OR REPLACE INTO model_inspections VALUES (?, ?, ?, ?, ?)')
      .run(path, sizeBytes, modifiedAtMs, text, failure);
  }

  saveDownload(download: Download): void {
    this.#database
      .prepare(
        `INSERT INTO downloads (id, download) VALUES (@id, @text)
         ON CONFLICT (id) DO UPDATE SET download = excluded.download`,
      )
      .run({ id: download.id, text: JSON.stringify(download) });
  }

  findDownload(id: string): Download | null {
    return this.downloads().find((download) => download.id === id) ?? null;
  }

  /** Newest first. */
  downloads(): Download[] {
    return this.#database
      .prepare<[], { download: string }>('SELECT download FROM downloads ORDER BY number DESC')
      .all()
      .map(({ download }) => Download.parse(JSON.parse(download)));
  }

  removeDownload(id: string): void {
    this.#database.prepare('DELETE FROM downloads WHERE id = ?').run(id);
  }

  /** Sweeps by each path that their cells name as model, training or held-out data. */
  sweepsByFile(): Map<string, SweepUse[]> {
    const uses = new Map<string, SweepUse[]>();
    const rows = this.#database.prepare<[], SweepUse & { path: string }>(SWEEP_FILES).all();
    for (const { path, ...use } of rows) uses.set(path, [...(uses.get(path) ?? []), use]);
    return uses;
  }
}
