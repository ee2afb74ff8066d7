// Slots of runs while the set of shown runs changes. Runs under vitest.
import { expect, it } from 'vitest';
import { assignSlots } from './run-marks.ts';

it('keeps slots while shown, fills gaps with new runs', () => {
  const first = assignSlots(new Map(), ['a', 'b', 'c']);
  expect([...first]).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]);
  const second = assignSlots(first, ['d', 'c', 'a', 'e']);
  expect(Object.fromEntries(second)).toEqual({ a: 0, c: 2, d: 1, e: 3 });
});
