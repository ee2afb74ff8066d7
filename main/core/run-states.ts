// The states that a run may go through. Runs in the host.
import { AppError } from '../../contracts/app-error.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { RunState, RunSummary } from '../../contracts/run-state.ts';

const NEXT_STATES: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ['running', 'paused', 'cancelled'],
  // running → queued: the automatic retry after a crash.
  running: ['queued', 'paused', 'done', 'failed', 'cancelled', 'interrupted'],
  paused: ['queued', 'cancelled'],
  interrupted: ['queued', 'cancelled'],
  failed: ['queued'],
  cancelled: ['queued'],
  done: [],
};

/** Throws CONFLICT where a run in state `from` cannot become `to`. */
export function requireTransition(runId: string, from: RunState, to: RunState): void {
  if (!NEXT_STATES[from].includes(to)) {
    throw new AppError('CONFLICT', `Run ${runId} is ${from} and cannot become ${to}.`);
  }
}

/** States in which nothing more happens unless someone asks for it. */
export function isSettled(state: RunState): boolean {
  return state !== 'queued' && state !== 'running' && state !== 'interrupted';
}

/** What clients see of a run. */
export function toSummary(run: RunRecord): RunSummary {
  const { id, cellKey, label, state, seed, parameterCount, lastStep, totalSteps, attempts } = run;
  const { createdAtMs, startedAtMs, endedAtMs, failure } = run;
  const progress = { state, lastStep, totalSteps, attempts, createdAtMs, startedAtMs, endedAtMs, failure };
  return { id, cellKey, label, seed, parameterCount, ...progress };
}
