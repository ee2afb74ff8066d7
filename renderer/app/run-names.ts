// Names of runs: short ones, as addresses and menus write them (r128), and what a run is among its like. Runs in the renderer.
import { useCallback, useMemo } from 'react';
import type { RunSummary } from '../../contracts/run-state.ts';
import { useHostQuery } from '../connection/hooks.ts';

/** `13 numbers, lr 0.03 · s2`: what sets the run's cell apart in its sweep, and its seed. */
export function runLabel({ label, seed }: Pick<RunSummary, 'label' | 'seed'>): string {
  return `${label} · s${seed}`;
}

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
