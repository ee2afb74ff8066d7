// The states that a run may go through. Runs in the host.
import { AppError } from '../../contracts/app-error.ts';
import type { PreviousState, RunRecord } from '../../contracts/run-record.ts';
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

/** What an undo of cancelling or queueing the run brings back; a run that waits for recovery waits in the queue. */
export function previousOf({ state, attempts, endedAtMs, failure }: RunRecord): PreviousState {
  return { state: state === 'interrupted' ? 'queued' : state, attempts, endedAtMs, failure };
}

/** What clients see of a run. */
export function toSummary(run: RunRecord): RunSummary {
  const { id, number, tags, notes, cellKey, label, state, seed, parameterCount, lastStep, totalSteps, attempts } = run;
  const { createdAtMs, startedAtMs, endedAtMs, failure } = run;
  const progress = { state, lastStep, totalSteps, attempts, createdAtMs, startedAtMs, endedAtMs, failure };
  return { id, number, cellKey, label, seed, parameterCount, tags, notes, ...progress };
}
