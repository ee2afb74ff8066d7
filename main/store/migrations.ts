// The database's schema, as the steps that lead to it. Runs in the host. A step that was released is never edited.
import type { Database } from 'better-sqlite3';
import { AppError } from '../../contracts/app-error.ts';

const INITIAL = `
CREATE TABLE cells (
  key TEXT PRIMARY KEY,
  config TEXT NOT NULL,
  model_hash TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  cell_key TEXT NOT NULL UNIQUE REFERENCES cells (key),
  label TEXT NOT NULL,
  seed INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'done', 'failed', 'cancelled', 'interrupted')),
  queue_position INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  engine_pid INTEGER,
  last_step INTEGER NOT NULL DEFAULT 0,
  total_steps INTEGER NOT NULL,
  parameter_count INTEGER,
  bases_fingerprint TEXT,
  failure TEXT,
  created_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  ended_at_ms INTEGER
) STRICT;
CREATE INDEX runs_by_state ON runs (state, queue_position);

CREATE TABLE sweeps (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  recipe_path TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  queued_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX sweeps_by_name ON sweeps (name, queued_at_ms);

CREATE TABLE sweep_cells (
  sweep_id TEXT NOT NULL REFERENCES sweeps (id),
  position INTEGER NOT NULL,
  cell_key TEXT NOT NULL REFERENCES cells (key),
  label TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (sweep_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

-- special: 0 finite, 1 NaN, 2 +infinity, 3 -infinity; value is NULL where special is not 0.
CREATE TABLE metrics (
  run_number INTEGER NOT NULL REFERENCES runs (number),
  name_id INTEGER NOT NULL REFERENCES metric_names (id),
  step INTEGER NOT NULL,
  value REAL,
  special INTEGER NOT NULL CHECK (special BETWEEN 0 AND 3 AND (value IS NULL) = (special <> 0)),
  PRIMARY KEY (run_number, name_id, step)
) STRICT, WITHOUT ROWID;

-- per_problem: float64, little-endian, in the held-out file's order.
CREATE TABLE evaluations (
  run_number INTEGER NOT NULL REFERENCES runs (number),
  step INTEGER NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('sampled', 'greedy')),
  temperature REAL NOT NULL,
  problems INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  accuracy REAL NOT NULL,
  strict REAL NOT NULL,
  lenient REAL NOT NULL,
  format REAL NOT NULL,
  mean_tokens REAL NOT NULL,
  duration_ms REAL NOT NULL,
  per_problem BLOB NOT NULL,
  PRIMARY KEY (run_number, step, mode)
) STRICT;

CREATE TABLE completions (
  run_number INTEGER NOT NULL REFERENCES runs (number),
  step INTEGER NOT NULL,
  phase TEXT NOT NULL,
  prompt_index INTEGER NOT NULL,
  sample_index INTEGER NOT NULL,
  prompt TEXT NOT NULL,
  text TEXT NOT NULL,
  gold TEXT NOT NULL,
  extracted TEXT,
  reward REAL,
  advantage REAL,
  token_count INTEGER NOT NULL,
  finish_reason TEXT NOT NULL,
  PRIMARY KEY (run_number, step, phase, prompt_index, sample_index)
) STRICT;

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  run_number INTEGER NOT NULL REFERENCES runs (number),
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_run ON events (run_number, id);
`;

/** Metrics are finite numbers: a run that diverges fails. */
const FINITE_METRICS = `
CREATE TABLE finite_metrics (
  run_number INTEGER NOT NULL REFERENCES runs (number),
  name_id INTEGER NOT NULL REFERENCES metric_names (id),
  step INTEGER NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (run_number, name_id, step)
) STRICT, WITHOUT ROWID;
INSERT INTO finite_metrics SELECT run_number, name_id, step, value FROM metrics WHERE value IS NOT NULL;
DROP TABLE metrics;
ALTER TABLE finite_metrics RENAME TO metrics;
`;

/** uint32, little-endian, in the held-out file's order; NULL: every problem for itself. */
const CLUSTERS = 'ALTER TABLE evaluations ADD COLUMN clusters BLOB';

/** What decides how long a step takes: runs of one shape take about the same. Part of a released step. */
export const SHAPE_OF_CELL = `model_hash || '|' || json_array(
    config ->> '$.method', config ->> '$.adapter.kind', config ->> '$.promptsPerStep', config ->> '$.samplesPerPrompt',
    config ->> '$.maxCompletionTokens', config ->> '$.optimiserSteps', config ->> '$.rolloutWeights',
    config ->> '$.numerics', config ->> '$.engine.device', config ->> '$.engine.threads'
  )`;

/**
 * Runs and sweeps that can be sorted out: short names of sweeps, tags, notes, removal, and what an undo brings back.
 * `counters`: numbers that are never given twice, though rows go.
 */
const QUEUE_AND_ORDER = `
ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN removed_at_ms INTEGER;
ALTER TABLE runs ADD COLUMN previous TEXT;
ALTER TABLE runs ADD COLUMN continues_from TEXT;
ALTER TABLE runs ADD COLUMN failure_acknowledged INTEGER NOT NULL DEFAULT 0;
CREATE TABLE run_tags (
  run_number INTEGER NOT NULL REFERENCES runs (number),
  tag TEXT NOT NULL,
  PRIMARY KEY (run_number, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_tags_by_tag ON run_tags (tag);

ALTER TABLE sweeps ADD COLUMN number INTEGER;
ALTER TABLE sweeps ADD COLUMN recipe_text TEXT NOT NULL DEFAULT '';
ALTER TABLE sweeps ADD COLUMN removed_at_ms INTEGER;
UPDATE sweeps SET number = (SELECT count(*) FROM sweeps AS earlier WHERE earlier.rowid <= sweeps.rowid);
CREATE UNIQUE INDEX sweeps_by_number ON sweeps (number);
ALTER TABLE sweep_cells ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sweep_cells_by_cell ON sweep_cells (cell_key);

ALTER TABLE cells ADD COLUMN shape TEXT GENERATED ALWAYS AS (
  ${SHAPE_OF_CELL}
) VIRTUAL;
CREATE INDEX cells_by_shape ON cells (shape);

CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE queue_settings (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  hold_reason TEXT CHECK (hold_reason IN ('after-current', 'all', 'failure')),
  held_since_ms INTEGER,
  hold_run_id TEXT,
  continue_after_failure INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO queue_settings (id) VALUES (1);
CREATE TABLE saved_views (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  route TEXT NOT NULL,
  query TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE pilots (
  shape TEXT NOT NULL,
  code_version TEXT NOT NULL,
  result TEXT NOT NULL,
  measured_at_ms INTEGER NOT NULL,
  PRIMARY KEY (shape, code_version)
) STRICT, WITHOUT ROWID;
`;

/** value: JSON. */
const PREFERENCES = 'CREATE TABLE preferences (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID';

/** Last, smallest and largest value of each metric of a run, kept with its points. */
const METRIC_SUMMARIES = `
CREATE TABLE metric_summaries (
  run_number INTEGER NOT NULL REFERENCES runs (number),
  name_id INTEGER NOT NULL REFERENCES metric_names (id),
  points INTEGER NOT NULL,
  last_step INTEGER NOT NULL,
  last REAL NOT NULL,
  min REAL NOT NULL,
  min_step INTEGER NOT NULL,
  max REAL NOT NULL,
  max_step INTEGER NOT NULL,
  PRIMARY KEY (run_number, name_id)
) STRICT, WITHOUT ROWID;
INSERT INTO metric_summaries
SELECT ends.run_number, ends.name_id, points, last_step, last.value, min, min_step, max, max_step FROM
  (SELECT run_number, name_id, count(*) AS points, max(step) AS last_step FROM metrics GROUP BY run_number, name_id) AS ends
  JOIN metrics AS last ON last.run_number = ends.run_number AND last.name_id = ends.name_id AND last.step = last_step
  JOIN (SELECT run_number, name_id, min(value) AS min, step AS min_step FROM metrics GROUP BY run_number, name_id)
    AS lowest ON lowest.run_number = ends.run_number AND lowest.name_id = ends.name_id
  JOIN (SELECT run_number, name_id, max(value) AS max, step AS max_step FROM metrics GROUP BY run_number, name_id)
    AS highest ON highest.run_number = ends.run_number AND highest.name_id = ends.name_id;
`;

/** Values that are no numbers, of the step that made a run fail. */
const METRIC_MARKS = `
CREATE TABLE metric_marks (
  run_number INTEGER NOT NULL REFERENCES runs (number),
  name_id INTEGER NOT NULL REFERENCES metric_names (id),
  step INTEGER NOT NULL,
  value TEXT NOT NULL CHECK (value IN ('NaN', 'Infinity', '-Infinity')),
  PRIMARY KEY (run_number, name_id, step)
) STRICT, WITHOUT ROWID;
`;

/** The trained numbers after each step. indices: uint32, NULL for all in order; numbers: float32; little-endian. */
const PARAMETER_SNAPSHOTS = `
CREATE TABLE parameter_snapshots (
  run_number INTEGER NOT NULL REFERENCES runs (number),
  step INTEGER NOT NULL,
  total INTEGER NOT NULL,
  indices BLOB,
  numbers BLOB NOT NULL,
  PRIMARY KEY (run_number, step)
) STRICT, WITHOUT ROWID;
`;

/** Tokens and their log-probs (core/token-record.ts), and a prompt's completions by step. */
const COMPLETION_TOKENS = `
ALTER TABLE completions ADD COLUMN tokens BLOB;
CREATE INDEX completions_by_prompt ON completions (run_number, phase, prompt_index, step);
`;

/** The queue may also wait for room on the disk. */
const DISK_HOLD = `
CREATE TABLE queue_settings_with_disk (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  hold_reason TEXT CHECK (hold_reason IN ('after-current', 'all', 'failure', 'low-disk')),
  held_since_ms INTEGER,
  hold_run_id TEXT,
  continue_after_failure INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO queue_settings_with_disk
SELECT id, hold_reason, held_since_ms, hold_run_id, continue_after_failure FROM queue_settings;
DROP TABLE queue_settings;
ALTER TABLE queue_settings_with_disk RENAME TO queue_settings;
`;

/** Files that the user added, what is known of models, downloads, and the host's own settings (JSON). */
const LIBRARY = `
CREATE TABLE library_files (
  path TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('model', 'data')),
  added_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE model_inspections (
  path TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  modified_at_ms REAL NOT NULL,
  inspection TEXT,
  failure TEXT
) STRICT;

CREATE TABLE downloads (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  download TEXT NOT NULL
) STRICT;

CREATE TABLE host_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** What a cell's key was made of, beside its configuration; NULL for cells planned before it was kept. */
const PROVENANCE = `
ALTER TABLE cells ADD COLUMN code_version TEXT;
ALTER TABLE cells ADD COLUMN train_hash TEXT;
ALTER TABLE cells ADD COLUMN held_out_hash TEXT;
`;

/** The latest finished runs come first, without sorting all of them. */
const RUNS_BY_END = 'CREATE INDEX runs_by_state_and_end ON runs (state, ended_at_ms);';

/** Step i leads from user_version i to i + 1. */
export const MIGRATIONS: readonly string[] = [
  INITIAL,
  FINITE_METRICS,
  CLUSTERS,
  PREFERENCES,
  METRIC_SUMMARIES,
  METRIC_MARKS,
  PARAMETER_SNAPSHOTS,
  COMPLETION_TOKENS,
  QUEUE_AND_ORDER,
  LIBRARY,
  DISK_HOLD,
  PROVENANCE,
  RUNS_BY_END,
];

/**
 * Brings a database to the newest schema, all pending steps in one transaction.
 * Throws BAD_INPUT where the database was written by a newer version of the program.
 */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  const apply = database.transaction(() => {
    const version = Number(database.pragma('user_version', { simple: true }));
    if (version > migrations.length) {
      throw new AppError(
        'BAD_INPUT',
        `${database.name} was written by a newer version of tinylora-studio (schema ${version}, this one knows ` +
          `${migrations.length}): update the program, or set TINYLORA_HOME to another folder.`,
      );
    }
    for (const sql of migrations.slice(version)) database.exec(sql);
    if (version < migrations.length) database.pragma(`user_version = ${migrations.length}`);
  });
  apply.immediate();
}
