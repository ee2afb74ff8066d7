// Runs, cells and sweeps as the data folder keeps them. Used by core and store, in the host.
import type { CellRole } from './recipe.ts';
import type { RunConfig } from './run-config.ts';
import type { RunFailure, RunSummary } from './run-state.ts';

/** A run as it is stored: what clients see, and what only the host needs. */
export interface RunRecord extends RunSummary {
  config: RunConfig;
  modelHash: string;
  basesFingerprint: string | null;
  /** The engine process of the attempt under way, to end an orphan after a crash of the host. */
  enginePid: number | null;
}

/** A cell of a sweep, before or after it has a run. */
export interface PlannedCell {
  /** Content key: SHA-256 of configuration, code, model and data, in hex. */
  key: string;
  runId: string;
  label: string;
  role: CellRole;
  config: RunConfig;
  modelHash: string;
  parameterCount: number;
}

export interface SweepHeader {
  id: string;
  name: string;
  description: string;
  recipePath: string;
}

export interface SweepRecord extends SweepHeader {
  createdAtMs: number;
  /** In the recipe's order, baselines last. */
  cells: { runId: string; label: string; role: CellRole }[];
}

/** Columns that a change of state may set along with it. */
export interface RunChanges {
  attempts?: number;
  enginePid?: number | null;
  startedAtMs?: number | null;
  endedAtMs?: number | null;
  lastStep?: number;
  failure?: RunFailure | null;
  parameterCount?: number;
  basesFingerprint?: string;
}
