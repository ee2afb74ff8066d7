// Which hue, marker and dash each shown run or group has: given in order, kept for as long as it is shown. Runs in the renderer.
import { useMemo, useState } from 'react';
import { useScheme } from '../app/appearance.ts';
import { usePreferences } from '../connection/preferences.ts';
import { runMark } from '../theme/tokens.ts';
import type { RunMark } from '../theme/tokens.ts';

/** Keys that stay keep their slot; new ones take the first free. */
export function assignSlots(before: ReadonlyMap<string, number>, keys: readonly string[]): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  for (const key of keys) {
    const slot = before.get(key);
    if (slot !== undefined) slots.set(key, slot);
  }
  const taken = new Set(slots.values());
  let next = 0;
  for (const key of keys) {
    if (slots.has(key)) continue;
    while (taken.has(next)) next += 1;
    taken.add(next);
    slots.set(key, next);
  }
  return slots;
}

/** @param keys of what is shown, each once */
export function useRunMarks(keys: readonly string[]): (key: string) => RunMark {
  const scheme = useScheme();
  const { palette } = usePreferences();
  const [slots, setSlots] = useState(() => assignSlots(new Map(), keys));
  const isCurrent = keys.length === slots.size && keys.every((key) => slots.has(key));
  const current = isCurrent ? slots : assignSlots(slots, keys);
  // Remembered for the next change; React draws again before anything is shown.
  if (!isCurrent) setSlots(current);
  return useMemo(() => (key: string) => runMark(current.get(key) ?? 0, scheme, palette), [current, scheme, palette]);
}
