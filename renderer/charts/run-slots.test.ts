// Slots of runs while charts and tables come, change and go. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { assignSlots, withShown } from './run-slots.ts';
import type { SlotState } from './run-slots.ts';

const EMPTY: SlotState = { shownBy: new Map(), slots: new Map() };
const table = Symbol('table');
const chart = Symbol('chart');

describe('slots', () => {
  it('are kept while shown; new runs fill gaps', () => {
    const first = assignSlots(new Map(), ['a', 'b', 'c']);
    expect([...first]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
    const second = assignSlots(first, ['d', 'c', 'a', 'e']);
    expect(Object.fromEntries(second)).toEqual({ a: 0, c: 2, d: 1, e: 3 });
  });

  it('are the same wherever a run is shown, and kept until nothing shows it', () => {
    let state = withShown(EMPTY, table, ['a', 'b', 'c']);
    state = withShown(state, chart, ['c', 'd']);
    expect(Object.fromEntries(state.slots)).toEqual({ a: 0, b: 1, c: 2, d: 3 });
    state = withShown(state, table, ['b']);
    expect(Object.fromEntries(state.slots)).toEqual({ b: 1, c: 2, d: 3 });
    state = withShown(state, chart, []);
    state = withShown(state, table, ['e', 'b']);
    expect(Object.fromEntries(state.slots)).toEqual({ b: 1, e: 0 });
    expect(state.shownBy.size).toBe(1);
  });

  it('change nothing where the same is shown again', () => {
    const state = withShown(EMPTY, table, ['a']);
    expect(withShown(state, table, ['a'])).toBe(state);
    expect(withShown(state, chart, [])).toBe(state);
  });
});
