// Actions whose failure is a toast with the host's own words. Runs in the renderer.
import { errorMessage } from '../../contracts/app-error.ts';
import { showToast } from './toasts.ts';

/** `action`, but it never rejects: the user reads why it failed. */
export function reported<Parameters extends unknown[]>(
  action: (...parameters: Parameters) => Promise<unknown>,
): (...parameters: Parameters) => Promise<void> {
  return async (...parameters) => {
    try {
      await action(...parameters);
    } catch (error) {
      showToast(errorMessage(error), { tone: 'failure' });
    }
  };
}
