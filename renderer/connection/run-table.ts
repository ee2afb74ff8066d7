// Questions to the table of runs with everything that is usual left out. Pure; runs in the renderer.
import type { HostParams } from '../../contracts/host-protocol.ts';

/** The most rows that the host answers at once. */
export const MOST_ROWS = 20_000;

/** All rows, newest first, but for what `part` says. */
export function runTableParameters(part: Partial<HostParams<'runTable'>>): HostParams<'runTable'> {
  return {
    ...{ columns: [], filter: '', sort: [], group: null, aggregateSeeds: false, runs: null },
    ...{ offset: 0, limit: MOST_ROWS, ...part },
  };
}
