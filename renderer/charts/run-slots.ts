// Which slot (hue, marker, dash) each run or group has: one answer for all charts and tables of the window, given in order
// and kept for as long as anything shows the run. Runs in the renderer.
import { create } from 'zustand';

export interface SlotState {
  /** What each chart or table shows, in the order in which they appeared. */
  shownBy: ReadonlyMap<symbol, readonly string[]>;
  slots: ReadonlyMap<string, number>;
}

export const useRunSlots = create<SlotState>(() => ({ shownBy: new Map(), slots: new Map() }));

/** Keys that stay keep their slot; new ones take the first free. A key may come twice. */
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

/** The state after `shower` shows these keys and no others; the same object where nothing changes. */
export function withShown(state: SlotState, shower: symbol, keys: readonly string[]): SlotState {
  const before = state.shownBy.get(shower) ?? [];
  if (before.length === keys.length && before.every((key, index) => key === keys[index])) return state;
  const shownBy = new Map(state.shownBy);
  if (keys.length === 0) shownBy.delete(shower);
  else shownBy.set(shower, keys);
  return { shownBy, slots: assignSlots(state.slots, [...shownBy.values()].flat()) };
}
