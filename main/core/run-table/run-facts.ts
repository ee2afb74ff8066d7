// What tables and analyses know of a run, however it is stored. Runs in the host's query thread.
import type { RunConfig } from '../../../contracts/run-config.ts';
import type { CellRole } from '../../../contracts/recipe.ts';
import type { RunFailure, RunState } from '../../../contracts/run-state.ts';

export interface RunFacts {
  /** The store's key. */
  number: number;
  id: string;
  label: string;
  seed: number;
  state: RunState;
  attempts: number;
  lastStep: number;
  totalSteps: number;
  parameterCount: number | null;
  failure: RunFailure | null;
  createdAtMs: number;
  startedAtMs: number | null;
  endedAtMs: number | null;
  modelHash: string;
  config: RunConfig;
}

/** A run's place in a sweep. */
export interface SweepMembership {
  runId: string;
  sweepId: string;
  sweepName: string;
  label: string;
  role: CellRole;
}
