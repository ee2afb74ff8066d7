// Methods that compare runs: differences, Pareto fronts, importance of settings. Answered beside the host's event loop.
import { z } from 'zod';
import {
  CompareRunsQuery,
  CompareRunsResult,
  ImportanceQuery,
  ImportanceResult,
  ParetoQuery,
  ParetoResult,
  SettingRow,
} from '../analysis.ts';
import { SweepGrid } from '../sweep-grid.ts';

export const ANALYSIS_METHODS = {
  compareRuns: { params: CompareRunsQuery, result: CompareRunsResult },
  /** All settings of the runs, in the configuration's order; numbers are equal by value, however they were written. */
  settingsDifference: {
    params: z.strictObject({ runs: z.array(z.string().min(1)).min(1).max(2000) }),
    result: z.array(SettingRow),
  },
  pareto: { params: ParetoQuery, result: ParetoResult },
  /** A sweep by short name (s12), id, or the name of its recipe (its latest sweep). Throws NOT_FOUND. */
  sweepGrid: { params: z.strictObject({ sweep: z.string().min(1) }), result: SweepGrid },
  settingImportance: { params: ImportanceQuery, result: ImportanceResult },
} as const;
