// Methods that plan, queue and report sweeps. Used by the host and its clients.
import { z } from 'zod';
import { SweepPlan, SweepReport } from '../sweep-report.ts';

/** A sweep's id (or the start of it), the name of its recipe (its latest sweep), or the recipe file's absolute path. */
const sweepReference = z.strictObject({ sweep: z.string().min(1) });

export const SWEEP_METHODS = {
  /** Cells of a recipe, without starting anything. */
  planSweep: { params: z.strictObject({ recipePath: z.string().min(1) }), result: SweepPlan },
  /** Queues what is missing of a recipe; finished cells are left alone. */
  runSweep: { params: z.strictObject({ recipePath: z.string().min(1) }), result: SweepPlan },
  cancelSweep: { params: sweepReference, result: z.strictObject({ cancelled: z.int() }) },
  sweepReport: { params: sweepReference, result: SweepReport },
} as const;
