// Methods that compare runs: differences, Pareto fronts, importance of settings. Answered beside the host's event loop.
import { z } from 'zod';
import {
  CompareRunsQuery,
  CompareRunsResult,
  EvaluationCurve,
  EvaluationCurveQuery,
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
  sweepGrid: {
    /** `cellIntervals` reads every problem of every cell. */
    params: z.strictObject({ sweep: z.string().min(1), cellIntervals: z.boolean().default(false) }),
    result: SweepGrid,
  },
  evaluationCurves: { params: EvaluationCurveQuery, result: z.array(EvaluationCurve) },
  settingImportance: { params: ImportanceQuery, result: ImportanceResult },
} as const;
