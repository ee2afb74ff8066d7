// Methods that only read, which the host answers in a thread beside its event loop. Used by the host.
import { ANALYSIS_METHODS } from './analysis.ts';
import { RUN_DATA_METHODS } from './run-data.ts';

export const QUERY_METHODS = { ...RUN_DATA_METHODS, ...ANALYSIS_METHODS } as const;
export type QueryMethod = keyof typeof QUERY_METHODS;
