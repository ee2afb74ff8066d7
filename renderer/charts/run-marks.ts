// How each shown run or group is drawn, the same in every chart and table of the window. Runs in the renderer.
import { useLayoutEffect, useMemo, useState } from 'react';
import { useScheme } from '../app/appearance.ts';
import { usePreferences } from '../connection/preferences.ts';
import { runMark } from '../theme/tokens.ts';
import type { RunMark } from '../theme/tokens.ts';
import { assignSlots, useRunSlots, withShown } from './run-slots.ts';

/** @param keys of what this chart or table shows: run ids, or names of groups */
export function useRunMarks(keys: readonly string[]): (key: string) => RunMark {
  const scheme = useScheme();
  const { palette } = usePreferences();
  const [shower] = useState(() => Symbol('shows runs'));
  const slots = useRunSlots((state) => state.slots);
  // Before the first paint the store knows the keys; drawn until then as it will answer.
  useLayoutEffect(() => useRunSlots.setState((state) => withShown(state, shower, keys)), [shower, keys]);
  useLayoutEffect(() => () => useRunSlots.setState((state) => withShown(state, shower, [])), [shower]);
  const current = useMemo(
    () => (keys.every((key) => slots.has(key)) ? slots : assignSlots(slots, [...slots.keys(), ...keys])),
    [slots, keys],
  );
  return useMemo(() => (key: string) => runMark(current.get(key) ?? 0, scheme, palette), [current, scheme, palette]);
}
