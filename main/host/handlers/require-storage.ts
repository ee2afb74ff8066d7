// Before anything is queued: a host that cannot write must say so rather than wait. Runs in the host.
import { AppError } from '../../../contracts/app-error.ts';
import type { Scheduler } from '../../core/scheduler.ts';

/** Throws STORAGE where the queue has stopped because the data folder cannot be written. */
export function requireStorage(scheduler: Scheduler): void {
  if (scheduler.storageFailure !== null) throw new AppError('STORAGE', scheduler.storageFailure);
}
