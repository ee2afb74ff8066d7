// Short names of runs, as addresses and menus write them: r128. Runs in the renderer.
import { useCallback, useMemo } from 'react';
import { useHostQuery } from '../connection/hooks.ts';

/** @returns the short name of a run by its id; the id itself, which addresses know as well, until the list has come */
export function useRunName(): (id: string) => string {
  const { data: runs } = useHostQuery('listRuns', {});
  const numbers = useMemo(() => new Map((runs ?? []).map(({ id, number }) => [id, number])), [runs]);
  return useCallback(
    (id: string) => {
      const number = numbers.get(id);
      return number === undefined ? id : `r${number}`;
    },
    [numbers],
  );
}
