// The settings in which a sweep's cells differ. Runs in the renderer.
import { useMemo } from 'react';
import type { SweepGrid } from '../../../contracts/sweep-grid.ts';
import { useHostQuery } from '../../connection/hooks.ts';

/** As many as the host compares at once; a sweep with more settings is compared by its first. */
const MOST_RUNS = 2000;
const OF_EACH_CELL = 'seed';

export function useDifferences({ settings }: Pick<SweepGrid, 'settings'>) {
  const runs = useMemo(
    () =>
      settings
        .filter(({ role }) => role === 'cell')
        .flatMap(({ cells: [first] }) => (first === undefined ? [] : [first.runId]))
        .slice(0, MOST_RUNS),
    [settings],
  );
  const query = useHostQuery('settingsDifference', { runs }, { enabled: runs.length > 0 });
  const data = useMemo(
    () => (runs.length === 0 ? [] : query.data?.filter(({ differs, path }) => differs && path !== OF_EACH_CELL)),
    [runs, query.data],
  );
  return { ...query, data };
}
