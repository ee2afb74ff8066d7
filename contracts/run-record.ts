// Runs, cells and sweeps as the data folder keeps them. Used by core and store, in the host.
import { z } from 'zod';
import type { CellRole } from './recipe.ts';
import type { RunConfig } from './run-config.ts';
import { RunFailure, RunState } from './run-state.ts';
import type { RunSummary } from './run-state.ts';

/** Program and data that a cell's key names. */
export interface CellProvenance {
  codeVersion: string;
  /** SHA-256 of the data files, in hex. */
  trainHash: string;
  heldOutHash: string;
}

/** A run as it is stored: what clients see, and what only the host needs. */
export interface RunRecord extends RunSummary {
  config: RunConfig;
  modelHash: string;
  /** Null where the cell was planned before it was kept. */
  provenance: CellProvenance | null;
  basesFingerprint: string | null;
  /** The engine process of the attempt under way, to end an orphan after a crash of the host. */
  enginePid: number | null;
  /** What it was before it was last cancelled or queued by hand; null once it has started again. */
  previous: PreviousState | null;
  /** Since when it is in no list; null: it was not removed. */
  removedAtMs: number | null;
  /** The run of the same settings and fewer steps whose checkpoint it starts from, where that is still there. */
  continuesFrom: string | null;
}

/** A state that an undo can bring back. */
export const PreviousState = z.strictObject({
  state: RunState,
  attempts: z.int(),
  endedAtMs: z.number().nullable(),
  failure: RunFailure.nullable(),
});
export type PreviousState = z.infer<typeof PreviousState>;

/** A cell of a sweep, before or after it has a run. */
export interface PlannedCell {
  /** Content key: SHA-256 of configuration, code, model and data, in hex. */
  key: string;
  runId: string;
  label: string;
  role: CellRole;
  config: RunConfig;
  modelHash: string;
  /** What the key was made of, too; cells that were planned without it have none. */
  provenance?: CellProvenance;
  parameterCount: number;
  /** See RunRecord. */
  continuesFrom?: string;
}

export interface SweepHeader {
  id: string;
  name: string;
  description: string;
  recipePath: string;
  /** The recipe as it was when the sweep was last queued. */
  recipeText: string;
}

export interface SweepRecord extends SweepHeader {
  /** Of the short name, such as s12: stable, never used again. */
  number: number;
  createdAtMs: number;
  /** In the recipe's order, baselines last; then cells that were added by hand. */
  cells: { runId: string; label: string; role: CellRole }[];
}

/** What saving a sweep changed. */
export interface SavedSweep {
  number: number;
  isNew: boolean;
  createdRunIds: string[];
  /** Runs that had been removed. */
  restoredRunIds: string[];
}

/** A sweep without its cells, with what a list shows of their states and times. */
export interface SweepOverview extends SweepHeader {
  number: number;
  createdAtMs: number;
  queuedAtMs: number;
  startedAtMs: number | null;
  endedAtMs: number | null;
  cellsByState: Partial<Record<RunState, number>>;
}

/** What finished runs of a shape took. */
export interface ShapeCost {
  /** Median of `time/stepMs` of their last steps. */
  stepMs: number;
  /** Median of the time beside the steps: loading, evaluations. */
  overheadMs: number;
  runs: number;
}

/** What a pilot of two steps measured, kept by shape and code. */
export const Pilot = z.strictObject({
  stepMs: z.number(),
  /** From launch until the engine is ready to evaluate and train. */
  loadMs: z.number(),
  /** Of one evaluated completion. */
  evaluationSampleMs: z.number(),
  /** Null where the engine did not say. */
  peakMemoryBytes: z.number().nullable(),
  deviceMemoryBytes: z.number().nullable(),
  /** Written in a step; and for one evaluated completion. */
  stepBytes: z.number(),
  evaluationSampleBytes: z.number(),
  measuredAtMs: z.number(),
});
export type Pilot = z.infer<typeof Pilot>;

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
  previous?: PreviousState | null;
}
