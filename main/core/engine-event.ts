// Parses what an engine process says. Runs in the host.
import { z } from 'zod';
import { EngineEvent } from '../../contracts/engine-protocol.ts';

// zod's number refuses NaN and infinities, yet a diverged run reports exactly these and must be kept as it is.
const measurement = z.custom<number>((value) => typeof value === 'number', 'must be a number');
const MetricsEvent = z.strictObject({
  type: z.literal('metrics'),
  step: z.int(),
  values: z.record(z.string(), measurement),
});

/** Null for what is no event of this protocol version. */
export function parseEngineEvent(message: unknown): EngineEvent | null {
  const event = z.union([MetricsEvent, EngineEvent]).safeParse(message);
  return event.success ? event.data : null;
}
