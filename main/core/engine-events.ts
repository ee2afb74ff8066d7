// What of an engine's events is kept in the store. Runs in the host.
import type { EngineEvent } from '../../contracts/engine-protocol.ts';
import type { Store } from './store-types.ts';

/** Call it in a transaction: what one event brings is kept as a whole. */
export function keepEngineEvent(store: Store, runId: string, event: EngineEvent): void {
  const { runs, metrics, parameters, completions, evaluations, events } = store;
  switch (event.type) {
    case 'started':
      // The engine computes these steps again, with the same result.
      store.rewind(runId, event.resumedFromStep);
      runs.update(runId, {
        lastStep: event.resumedFromStep,
        parameterCount: event.parameterCount,
        basesFingerprint: event.basesFingerprint,
      });
      for (const warning of event.warnings) events.append(runId, 'warning', warning);
      break;
    case 'metrics':
      metrics.append(runId, event.step, event.values);
      if (event.parameters !== null) parameters.save(runId, event.step, event.parameters);
      runs.update(runId, { lastStep: event.step });
      break;
    case 'diverged':
      metrics.mark(runId, event.step, event.values);
      break;
    case 'completions':
      completions.append(runId, event.rows);
      break;
    case 'evaluation':
      evaluations.save(runId, event.result);
      break;
    case 'heartbeat':
    case 'ended':
    case 'failed':
      break;
  }
}
