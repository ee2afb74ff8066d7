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

export const ANALYSIS_METHODS = {
  compareRuns: { params: CompareRunsQuery, result: CompareRunsResult },
  /** All settings of the runs, in the configuration's order; numbers are equal by value, however they were written. */
  settingsDifference: {
    params: z.strictObject({ runs: z.array(z.string().min(1)).min(1).max(2000) }),
    result: z.array(SettingRow),
  },
  pareto: { params: ParetoQuery, result: ParetoResult },
  settingImportance: { params: ImportanceQuery, result: ImportanceResult },
} as const;
