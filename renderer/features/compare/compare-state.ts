// What Compare shows, as its address says. Runs in the renderer.
import { useMemo } from 'react';
import { useQueryState } from '../../app/query-state.ts';
import { runListText, useRunListInAddress } from '../../app/run-list.ts';
import type { HostConnection } from '../../connection/host-connection.ts';
import { useHostConnection } from '../../connection/hooks.ts';
import type { Grouping } from './sides.ts';

/** Of a group: the mean with Student's interval over its runs, or with that over the problems of its evaluations. */
export type Aggregate = 't' | 'problems';
export const AGGREGATES: readonly Aggregate[] = ['t', 'problems'];

/** Where curves are read: their last step, their best, or a step. */
export type CurvePlace = { kind: 'last' | 'best' } | { kind: 'step'; step: number };

export interface CompareState {
  /** Ids or short names; undefined until a saved list is there, null where it is gone. */
  named: readonly string[] | undefined | null;
  setRuns: (ids: readonly string[]) => Promise<void>;
  grouping: Grouping;
  setGrouping: (grouping: Grouping) => void;
  aggregate: Aggregate;
  setAggregate: (aggregate: Aggregate) => void;
  place: CurvePlace;
  setPlace: (place: CurvePlace) => void;
  onlyDiffering: boolean;
  setOnlyDiffering: (only: boolean) => void;
  colourBy: string;
  setColourBy: (path: string) => void;
}

export function useCompareState(): CompareState {
  const connection = useHostConnection();
  const { ids, setText } = useRunListInAddress('runs');
  const [grouping, setGrouping] = useQueryState<Grouping>('group', 'none');
  const [aggregate, setAggregate] = useQueryState<Aggregate>('agg', 't');
  const [placeText, setPlaceText] = useQueryState<string>('at', 'last');
  const [only, setOnly] = useQueryState<string>('only', 'diff');
  const [colourBy, setColourBy] = useQueryState<string>('colour', '');
  const place = useMemo(() => parsePlace(placeText), [placeText]);
  return {
    named: ids,
    setRuns: (runs) => writeRuns(connection, runs, setText),
    ...{ grouping, setGrouping, setAggregate, place, colourBy, setColourBy },
    aggregate: AGGREGATES.includes(aggregate) ? aggregate : 't',
    setPlace: (next) => setPlaceText(next.kind === 'step' ? String(next.step) : next.kind),
    onlyDiffering: only === 'diff',
    setOnlyDiffering: (isOnly) => setOnly(isOnly ? 'diff' : 'all'),
  };
}

async function writeRuns(connection: HostConnection, runs: readonly string[], setText: (text: string) => void) {
  setText(await runListText(connection, '/compare', runs));
}

export function parsePlace(text: string): CurvePlace {
  if (/^\d+$/.test(text)) return { kind: 'step', step: Number(text) };
  return { kind: text === 'best' ? 'best' : 'last' };
}
