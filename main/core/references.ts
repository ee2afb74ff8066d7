// What clients call runs and sweeps by: short names, ids, the start of ids, names and files of recipes. Runs in the host.
import { AppError } from '../../contracts/app-error.ts';
import type { RunRecord, SweepRecord } from '../../contracts/run-record.ts';
import type { Store } from './store-types.ts';

const RUN_NAME = /^r(\d+)$/;
const SWEEP_NAME = /^s(\d+)$/;

/** @param reference r128, a run's id, or enough of its start. Throws NOT_FOUND, CONFLICT where several match. */
export function findRun({ runs }: Pick<Store, 'runs'>, reference: string): RunRecord {
  const number = RUN_NAME.exec(reference)?.[1];
  const exact = number === undefined ? runs.find(reference) : runs.findByNumber(Number(number));
  if (exact !== null) return exact;
  return requireOne(runs.findByPrefix(reference), 'run', reference, '`tinylora runs list` shows them');
}

/**
 * @param reference s12, a sweep's id or enough of its start, the name of its recipe (its latest sweep), or the recipe
 *   file's absolute path. Throws NOT_FOUND, CONFLICT where several match.
 */
export function findSweep({ sweeps }: Pick<Store, 'sweeps'>, reference: string): SweepRecord {
  const number = SWEEP_NAME.exec(reference)?.[1];
  const known =
    sweeps.find(reference) ??
    (number === undefined ? null : sweeps.findByNumber(Number(number))) ??
    sweeps.latestByName(reference) ??
    sweeps.latestByRecipePath(reference);
  if (known !== null) return known;
  const remedy = 'give the id or name of a sweep that was run, or its recipe file';
  return requireOne(sweeps.findByPrefix(reference), 'sweep', reference, remedy);
}

function requireOne<Found>(found: readonly Found[], kind: string, reference: string, remedy: string): Found {
  const [first, second] = found;
  if (first === undefined)
    throw new AppError('NOT_FOUND', `There is no ${kind} ${reference} in this data folder; ${remedy}.`);
  if (second !== undefined)
    throw new AppError('CONFLICT', `More than one ${kind} begins with ${reference}; give more of its id.`);
  return first;
}
