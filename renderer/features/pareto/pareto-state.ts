// Everything of the Pareto screen that its address holds. Runs in the renderer.
import { useCallback, useMemo } from 'react';
import type { SweepSummary } from '../../../contracts/sweep-report.ts';
import { useEagerChange } from '../../app/eager-change.ts';
import { useQueryList, useQueryState } from '../../app/query-state.ts';
import { brushesFromText, brushesToText } from '../../charts/parallel/parallel-axes.ts';
import type { AxisBrush } from '../../charts/parallel/parallel-axes.ts';
import { layoutFromText, layoutToText } from './filters.ts';
import type { AxisLayout } from './filters.ts';
import { PLACES_OF_SCORE, SCORES, X_CHOICES, Y_CHOICES, Z_CHOICES } from './objectives.ts';
import type { ObjectiveChoice } from './objectives.ts';

export interface ParetoState {
  /** Short names as the address has them; null: none is named, the latest sweep stands in. */
  named: readonly string[];
  setNamed: (names: readonly string[]) => void;
  choice: ObjectiveChoice;
  choose: (change: Partial<ObjectiveChoice>) => void;
  /** Dominance by the objectives that are drawn, or by all. */
  frontOf: 'view' | 'all';
  setFrontOf: (front: 'view' | 'all') => void;
  brushes: ReadonlyMap<string, AxisBrush>;
  /** By axis; null clears one. */
  setBrushes: (changes: Readonly<Record<string, AxisBrush | null>>) => void;
  topPercent: number;
  setTopPercent: (percent: number) => void;
  clearFilters: () => void;
  layout: readonly AxisLayout[];
  setLayout: (layout: readonly AxisLayout[]) => void;
  /** Path of the setting that colours the points; empty: none. */
  color: string;
  setColor: (path: string) => void;
}

/** What a link says, where it is one of the choices. */
function useChoice<Value extends string>(key: string, choices: readonly [Value, ...Value[]]) {
  const [value, setValue] = useQueryState<Value>(key, choices[0]);
  return [choices.includes(value) ? value : choices[0], setValue] as const;
}

export function useParetoState(): ParetoState {
  const [named, setNamed] = useQueryList('sweeps');
  const [x, setX] = useChoice('x', X_CHOICES);
  const [y, setY] = useChoice('y', Y_CHOICES);
  const [z, setZ] = useChoice('z', Z_CHOICES);
  const [score, setScore] = useChoice('score', SCORES);
  const [at, setAt] = useChoice('at', PLACES_OF_SCORE);
  const [logX, setLogX] = useChoice('logx', ['1', '0']);
  const [frontOf, setFrontOf] = useChoice('front', ['view', 'all']);
  const [brush, setBrushText] = useQueryState<string>('brush', '');
  const [top, setTop] = useQueryState<string>('top', '100');
  const [axes, setAxes] = useQueryState<string>('axes', '');
  const [color, setColor] = useQueryState<string>('color', '');
  const brushes = useMemo(() => brushesFromText(brush), [brush]);
  const changeBrushes = useEagerChange<ReadonlyMap<string, AxisBrush>>(
    brushes,
    useCallback((next) => setBrushText(brushesToText(next)), [setBrushText]),
  );
  const layout = useMemo(() => layoutFromText(axes), [axes]);
  const setLayout = useCallback((next: readonly AxisLayout[]) => setAxes(layoutToText(next)), [setAxes]);
  const choice = useMemo(() => ({ x, y, z, score, at, isLogX: logX === '1' }), [x, y, z, score, at, logX]);
  return {
    ...{ named, setNamed, choice, frontOf, setFrontOf, brushes, layout, color, setColor },
    choose: (change) => {
      if (change.x !== undefined) setX(change.x);
      if (change.y !== undefined) setY(change.y);
      if (change.z !== undefined) setZ(change.z);
      if (change.score !== undefined) setScore(change.score);
      if (change.at !== undefined) setAt(change.at);
      if (change.isLogX !== undefined) setLogX(change.isLogX ? '1' : '0');
    },
    setBrushes: (changes) =>
      changeBrushes((latest) => {
        const changed = new Map(latest);
        for (const [key, next] of Object.entries(changes)) {
          if (next === null) changed.delete(key);
          else changed.set(key, next);
        }
        return changed;
      }),
    topPercent: /^\d+$/.test(top) ? Math.max(1, Math.min(100, Number(top))) : 100,
    setTopPercent: (percent) => setTop(String(percent)),
    clearFilters: () => {
      changeBrushes(() => new Map());
      setTop('100');
    },
    setLayout,
  };
}

/** The sweeps whose front is drawn, and names of the address that are none. */
export function chosenSweeps(named: readonly string[], all: readonly SweepSummary[]) {
  if (named.length === 0) {
    const latest = all.find(({ cellsByState }) => (cellsByState.done ?? 0) > 0) ?? all[0];
    return { sweeps: latest === undefined ? [] : [latest], unknown: [] };
  }
  const found = named.map((name) => ({
    name,
    sweep: all.find(({ id, number }) => id === name || `s${number}` === name),
  }));
  return {
    sweeps: found.flatMap(({ sweep }) => sweep ?? []),
    unknown: found.flatMap(({ name, sweep }) => (sweep === undefined ? [name] : [])),
  };
}
