// Puts a data folder in order after its host died: runs that were running go on. Runs in the host, when it starts.
import type { Store } from './store-types.ts';

/** Ends the engine process of a run whose host died, where it still lives; resolves when it is gone. */
export type OrphanEnder = (pid: number, runId: string) => Promise<void>;

/**
 * Runs found `running` or `interrupted` are queued again at their old place; two engines never write to one run folder.
 * @returns ids of the runs queued again
 */
export async function recoverRuns(store: Store, endOrphan: OrphanEnder): Promise<string[]> {
  for (const run of store.runs.withState('running')) {
    if (run.enginePid !== null) await endOrphan(run.enginePid, run.id);
    const event = `The host ended while the run was running, after step ${run.lastStep}.`;
    // The host's end was not the engine's fault: the attempt does not count.
    const changes = { enginePid: null, attempts: Math.max(0, run.attempts - 1) };
    store.transaction(() => store.runs.setState(run.id, 'interrupted', changes, event));
  }
  const interrupted = store.runs.withState('interrupted');
  for (const run of interrupted) {
    store.transaction(() => store.runs.setState(run.id, 'queued', {}, 'Queued again from its last checkpoint.'));
  }
  return interrupted.map((run) => run.id);
}
