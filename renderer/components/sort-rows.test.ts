// The order of a table's rows. Runs under vitest.
import { expect, it } from 'vitest';
import { sortRows } from './sort-rows.ts';

it('orders numbers by value and words by their language, missing ones last both ways', () => {
  const numbers = [10, null, 9, 100];
  expect(sortRows(numbers, (value) => value, false)).toEqual([9, 10, 100, null]);
  expect(sortRows(numbers, (value) => value, true)).toEqual([100, 10, 9, null]);
  expect(sortRows(['b', 'a', 'B'], (word) => word, false)).toEqual(['a', 'b', 'B']);
});
