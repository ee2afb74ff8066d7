// Methods that keep runs and sweeps in order: tags, notes, saved views, removing and restoring. Used by the host and its
// clients. Removed things are kept for REMOVED_KEPT_DAYS, then gone.
import { z } from 'zod';
import { SweepName } from '../queue.ts';
import { RunSummary } from '../run-state.ts';
import { SavedView } from '../saved-view.ts';

export const REMOVED_KEPT_DAYS = 30;

const runReference = z.string().min(1);
const ids = z.array(runReference).min(1).max(5000);
const sweeps = z.strictObject({ sweeps: z.array(z.string().min(1)).min(1).max(1000) });
const tag = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[^\s,:]+$/, 'must be without spaces, commas and colons');
const counted = z.strictObject({ runs: z.int(), sweeps: z.int() });

export const ORGANISING_METHODS = {
  /** Adds and takes away tags of runs. Undone by the opposite. */
  tagRuns: {
    params: z.strictObject({ ids, add: z.array(tag).max(50).default([]), remove: z.array(tag).max(50).default([]) }),
    result: z.array(RunSummary),
  },
  /** All tags in use, with the number of runs, most used first. */
  listTags: { params: z.strictObject({}), result: z.array(z.strictObject({ tag: z.string(), runs: z.int() })) },
  noteRun: { params: z.strictObject({ id: runReference, notes: z.string().max(20_000) }), result: RunSummary },

  /** Takes runs out of lists, sweeps and the queue. CONFLICT where one is running: cancel it first. */
  removeRuns: { params: z.strictObject({ ids }), result: counted },
  restoreRuns: { params: z.strictObject({ ids }), result: counted },
  /** With their runs, except those that another sweep has, too. CONFLICT where one of those is running. */
  removeSweeps: { params: sweeps, result: counted },
  /** With the runs that were removed along with them. */
  restoreSweeps: { params: sweeps, result: counted },
  listRemoved: {
    params: z.strictObject({}),
    result: z.strictObject({
      runs: z.array(z.strictObject({ run: RunSummary, removedAtMs: z.number(), goneAtMs: z.number() })),
      sweeps: z.array(z.strictObject({ sweep: SweepName, removedAtMs: z.number(), goneAtMs: z.number() })),
    }),
  },

  listViews: { params: z.strictObject({}), result: z.array(SavedView) },
  /** Makes a view, or replaces the one with this id. */
  saveView: {
    params: SavedView.omit({ updatedAtMs: true }).extend({ id: z.string().min(1).optional() }),
    result: SavedView,
  },
  deleteView: { params: z.strictObject({ id: z.string().min(1) }), result: z.strictObject({ deleted: z.boolean() }) },
} as const;
