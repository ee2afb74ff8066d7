// Tags, notes, saved views, removing and restoring, and the end of what was removed long ago. Runs in the host.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { AppError } from '../../contracts/app-error.ts';
import type { HostEvent, HostParams, HostResult } from '../../contracts/host-protocol.ts';
import { REMOVED_KEPT_DAYS } from '../../contracts/methods/organising.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { RunSummary } from '../../contracts/run-state.ts';
import type { SavedView } from '../../contracts/saved-view.ts';
import { findRun, findSweep } from './references.ts';
import { toSummary } from './run-states.ts';
import type { Scheduler } from './scheduler.ts';
import type { Store } from './store-types.ts';

const REMOVED_KEPT_MS = REMOVED_KEPT_DAYS * 24 * 3600 * 1000;

export interface OrganisingServiceDependencies {
  store: Store;
  scheduler: Scheduler;
  runsFolder: string;
  emit: (event: HostEvent) => void;
}

interface Counted {
  runs: number;
  sweeps: number;
}

export class OrganisingService {
  readonly #store: Store;
  readonly #scheduler: Scheduler;
  readonly #runsFolder: string;
  readonly #emit: (event: HostEvent) => void;

  constructor({ store, scheduler, runsFolder, emit }: OrganisingServiceDependencies) {
    this.#store = store;
    this.#scheduler = scheduler;
    this.#runsFolder = runsFolder;
    this.#emit = emit;
  }

  /** Throws NOT_FOUND. */
  tag({ ids, add, remove }: HostParams<'tagRuns'>): RunSummary[] {
    const runs = this.#find(ids);
    this.#store.transaction(() => {
      for (const { id } of runs) this.#store.organising.tag(id, add, remove);
    });
    return this.#announce(runs);
  }

  /** Throws NOT_FOUND. */
  note(reference: string, notes: string): RunSummary {
    const run = findRun(this.#store, reference);
    this.#store.transaction(() => this.#store.organising.note(run.id, notes));
    const summary = toSummary(findRun(this.#store, run.id));
    this.#emit({ type: 'runChanged', run: summary });
    return summary;
  }

  /** Throws NOT_FOUND; CONFLICT where one of them is running. */
  removeRuns(references: readonly string[]): Counted {
    const runs = this.#find(references);
    requireNoneRunning(runs);
    return { runs: this.#remove(runs).length, sweeps: 0 };
  }

  /** Throws NOT_FOUND. */
  restoreRuns(references: readonly string[]): Counted {
    const runs = this.#find(references);
    const restored = this.#store.transaction(() => runs.filter(({ id }) => this.#store.organising.restoreRun(id)));
    this.#announce(restored);
    this.#noteSweepsOf(restored);
    this.#queueMayHaveChanged(restored);
    return { runs: restored.length, sweeps: 0 };
  }

  /** With their runs, except those that another sweep has, too. Throws NOT_FOUND; CONFLICT where one is running. */
  removeSweeps(references: readonly string[]): Counted {
    const ids = [...new Set(references.map((reference) => findSweep(this.#store, reference).id))];
    const atMs = Date.now();
    const removed = this.#store.transaction(() =>
      ids.flatMap((sweepId) => {
        // One after another, so that a run that only removed sweeps share goes with the last of them.
        const runs = this.#store.organising.runsOnlyIn(sweepId);
        requireNoneRunning(runs);
        const runIds = runs.map(({ id }) => id);
        this.#store.organising.removeSweep(sweepId, runIds, atMs);
        return runs;
      }),
    );
    if (removed.length > 0) this.#emit({ type: 'runsRemoved', ids: removed.map(({ id }) => id) });
    this.#emit({ type: 'sweepsChanged', sweepIds: ids });
    this.#queueMayHaveChanged(removed);
    return { runs: removed.length, sweeps: ids.length };
  }

  /** Throws NOT_FOUND. */
  restoreSweeps(references: readonly string[]): Counted {
    const ids = [...new Set(references.map((reference) => findSweep(this.#store, reference).id))];
    const restored = this.#store.transaction(() => ids.map((id) => this.#store.organising.restoreSweep(id)));
    const runs = this.#find(restored.flatMap((runIds) => runIds ?? []));
    this.#announce(runs);
    this.#emit({ type: 'sweepsChanged', sweepIds: ids });
    this.#queueMayHaveChanged(runs);
    return { runs: runs.length, sweeps: restored.filter((runIds) => runIds !== null).length };
  }

  /**
   * Takes back what a start has queued. A run under way is cancelled and removed at once.
   * @returns how many runs were removed or are again what they were. Throws NOT_FOUND.
   */
  undoStart({ sweep, isNew, createdRunIds, requeuedRunIds, restoredRunIds }: HostParams<'undoStart'>): number {
    const { id: sweepId } = findSweep(this.#store, sweep);
    const requeued = this.#find(requeuedRunIds).filter(
      ({ state, previous }) => state === 'queued' && previous !== null && previous.state !== 'queued',
    );
    for (const { id } of requeued) this.#scheduler.undoRetry(id);
    // What has come to its end meanwhile is a result that nobody wants to lose.
    const unfinished = this.#find([...createdRunIds, ...restoredRunIds]).filter(({ state }) => state !== 'done');
    for (const { id, state } of unfinished) if (state === 'running') this.#scheduler.cancel(id);
    const removed = this.#remove(unfinished);
    if (isNew && findSweep(this.#store, sweepId).cells.length === 0) {
      this.#store.transaction(() => this.#store.organising.removeSweep(sweepId, [], Date.now()));
    }
    this.#emit({ type: 'sweepsChanged', sweepIds: [sweepId] });
    return requeued.length + removed.length;
  }

  listRemoved(): HostResult<'listRemoved'> {
    const { organising } = this.#store;
    const removal = (removedAtMs: number) => ({ removedAtMs, goneAtMs: removedAtMs + REMOVED_KEPT_MS });
    return {
      runs: organising.removedRuns().map((run) => ({ run: toSummary(run), ...removal(run.removedAtMs ?? 0) })),
      sweeps: organising.removedSweeps().map(({ removedAtMs, ...sweep }) => ({ sweep, ...removal(removedAtMs) })),
    };
  }

  /** Deletes for good, with their folders, what was removed longer ago than it is kept. */
  async purge(nowMs: number = Date.now()): Promise<void> {
    const gone = this.#store.organising.purge(nowMs - REMOVED_KEPT_MS);
    for (const id of gone) await rm(join(this.#runsFolder, id), { recursive: true, force: true });
  }

  saveView({ id = randomUUID(), ...view }: HostParams<'saveView'>): SavedView {
    const saved = { id, ...view, updatedAtMs: Date.now() };
    this.#store.transaction(() => this.#store.views.save(saved));
    this.#emit({ type: 'viewsChanged' });
    return saved;
  }

  deleteView(id: string): boolean {
    const deleted = this.#store.transaction(() => this.#store.views.delete(id));
    if (deleted) this.#emit({ type: 'viewsChanged' });
    return deleted;
  }

  #find(references: readonly string[]): RunRecord[] {
    return references.map((reference) => findRun(this.#store, reference));
  }

  #remove(runs: readonly RunRecord[]): RunRecord[] {
    const atMs = Date.now();
    const removed = this.#store.transaction(() => runs.filter(({ id }) => this.#store.organising.removeRun(id, atMs)));
    if (removed.length > 0) this.#emit({ type: 'runsRemoved', ids: removed.map(({ id }) => id) });
    this.#noteSweepsOf(removed);
    this.#queueMayHaveChanged(removed);
    return removed;
  }

  #announce(runs: readonly RunRecord[]): RunSummary[] {
    const summaries = runs.map(({ id }) => toSummary(findRun(this.#store, id)));
    for (const run of summaries) this.#emit({ type: 'runChanged', run });
    return summaries;
  }

  #noteSweepsOf(runs: readonly RunRecord[]): void {
    const sweepIds = new Set(runs.flatMap(({ id }) => this.#store.sweeps.ofRun(id).map((sweep) => sweep.id)));
    if (sweepIds.size > 0) this.#emit({ type: 'sweepsChanged', sweepIds: [...sweepIds] });
  }

  #queueMayHaveChanged(runs: readonly RunRecord[]): void {
    if (!runs.some(({ state }) => state === 'queued' || state === 'failed')) return;
    this.#scheduler.announceQueue();
    this.#scheduler.wake();
  }
}

function requireNoneRunning(runs: readonly RunRecord[]): void {
  const running = runs.find(({ state }) => state === 'running');
  if (running === undefined) return;
  throw new AppError('CONFLICT', `Run r${running.number} is running: cancel it, then remove it.`);
}
