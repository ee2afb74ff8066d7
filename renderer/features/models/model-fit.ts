// Whether a model fits the memory of the machine, for training and for a chat. Pure; runs in the renderer.
import type { ModelEntry } from '../../../contracts/library.ts';

export type Fit =
  | { kind: 'yes' | 'no' | 'unknown' | 'looking' | 'unreadable' }
  /** Bytes that the best device lacks. */
  | { kind: 'short'; byBytes: number };

export function trainingFit({ inspection, failure, fits }: ModelEntry): Fit {
  if (inspection === null) return { kind: failure === null ? 'looking' : 'unreadable' };
  if (inspection.trainingRefusal !== null) return { kind: 'no' };
  return fitOf(fits.map(({ shortByBytes }) => shortByBytes));
}

export function chatFit({ inspection, failure, fits }: ModelEntry): Fit {
  if (inspection === null) return { kind: failure === null ? 'looking' : 'unreadable' };
  const { hasTokenizer, chatMemoryBytes } = inspection;
  if (!hasTokenizer) return { kind: 'no' };
  return fitOf(fits.map(({ memoryBytes }) => shortBy(chatMemoryBytes, memoryBytes)));
}

/** Bytes missing; 0 where it fits; null where the need is unknown. */
export function shortBy(neededBytes: number | null, memoryBytes: number): number | null {
  return neededBytes === null ? null : Math.max(0, neededBytes - memoryBytes);
}

/** By the device that lacks least. */
function fitOf(shortages: readonly (number | null)[]): Fit {
  const known = shortages.filter((bytes) => bytes !== null);
  if (known.length === 0) return { kind: 'unknown' };
  const byBytes = Math.min(...known);
  return byBytes === 0 ? { kind: 'yes' } : { kind: 'short', byBytes };
}
