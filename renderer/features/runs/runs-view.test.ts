// The address of the table of runs and what its filter field offers. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { filterSuggestions } from './filter-suggestions.ts';
import { itemAt, itemCount, itemOfRow, rowRange } from './table-items.ts';
import {
  DEFAULT_COLUMNS,
  formatColumns,
  formatSort,
  movedColumns,
  nextSort,
  parseColumns,
  parsePlace,
  parseSort,
  queryKey,
  splitMetric,
  withPin,
} from './runs-view.ts';

describe('columns', () => {
  it('are read and written without loss, pinned first, each once', () => {
    expect(formatColumns(parseColumns(DEFAULT_COLUMNS))).toBe(DEFAULT_COLUMNS);
    expect(formatColumns(parseColumns('a,^b,,a,c@best'))).toBe('^b,a,c@best');
  });
  it('move within the pinned or the others alone', () => {
    const columns = parseColumns('^a,^b,c,d');
    expect(formatColumns(movedColumns(columns, 3, 0))).toBe('^a,^b,d,c');
    expect(formatColumns(movedColumns(columns, 0, 3))).toBe('^b,^a,c,d');
    expect(formatColumns(withPin(columns, 'd', true))).toBe('^a,^b,^d,c');
    expect(formatColumns(withPin(columns, 'a', false))).toBe('^b,a,c,d');
  });
});

describe('sort', () => {
  it('goes from ascending to descending to none, alone or beside others', () => {
    expect(formatSort(parseSort('-sampled,lr'))).toBe('-sampled,lr');
    const [first, second, third] = [nextSort([], 'lr', false), parseSort('lr'), parseSort('-lr')];
    expect(formatSort(first)).toBe('lr');
    expect(formatSort(nextSort(second, 'lr', false))).toBe('-lr');
    expect(formatSort(nextSort(third, 'lr', false))).toBe('');
    expect(formatSort(nextSort(parseSort('-sampled'), 'lr', true))).toBe('-sampled,lr');
    expect(formatSort(nextSort(parseSort('-sampled,lr'), 'sampled', true))).toBe('lr');
  });
});

describe('a metric', () => {
  it('follows the place of the view unless it has its own', () => {
    expect(parsePlace('step:40')).toBe('step:40');
    expect(parsePlace('step:x')).toBeNull();
    expect(queryKey('reward/mean', 'step:40')).toBe('reward/mean@40');
    expect(queryKey('reward/mean@best', 'last')).toBe('reward/mean@best');
    expect(queryKey('metric:loss', 'best')).toBe('metric:loss@best');
    expect(queryKey('sampled', 'best')).toBe('sampled');
    expect(splitMetric('reward/mean@12')).toEqual({ name: 'reward/mean', place: '12' });
  });
});

describe('filter suggestions', () => {
  const choices = {
    fields: ['state', 'label', 'tags'],
    accuracies: ['sampled'],
    settings: [{ path: 'learningRate', distinctValues: 3 }],
    metrics: [
      { name: 'loss', runs: 2 },
      { name: 'reward/mean', runs: 2 },
    ],
    tags: ['paper', 'draft'],
  };
  const texts = (filter: string) => filterSuggestions(filter, choices).map(({ text }) => text);

  it('complete the last key, the best match first', () => {
    expect(texts('lr > 0.01 la')).toEqual(['label']);
    expect(texts('s')[0]).toBe('state');
    expect(texts('loss')).toEqual(['metric:loss']);
    expect(filterSuggestions('-sta', choices)[0]?.filter).toBe('-state');
  });
  it('complete values behind the operator, the last of several too', () => {
    expect(texts('state:qu')).toEqual(['queued']);
    expect(filterSuggestions('state:done,fa', choices)[0]?.filter).toBe('state:done,failed ');
    expect(texts('tag:')).toEqual(['paper', 'draft']);
    expect(texts('lr > ')).toEqual([]);
  });
});

describe('items of a grouped table', () => {
  const groups = [
    { value: 'a', rows: 2, runs: 2 },
    { value: 'b', rows: 1, runs: 4 },
  ];
  it('are a heading before the rows of each group', () => {
    expect(itemCount(groups, 3)).toBe(5);
    const kinds = Array.from({ length: 5 }, (_, index) => itemAt(groups, index));
    expect(kinds.map((item) => (item.kind === 'row' ? item.row : item.group.value))).toEqual(['a', 0, 1, 'b', 2]);
    expect([0, 1, 2].map((row) => itemOfRow(groups, row))).toEqual([1, 2, 4]);
    expect(rowRange(groups, 3, 1, 3)).toEqual([0, 1]);
    expect(rowRange(groups, 3, 0, 4)).toEqual([0, 2]);
  });
  it('are the rows themselves without groups', () => {
    expect(itemCount([], 3)).toBe(3);
    expect(itemAt([], 2)).toEqual({ kind: 'row', row: 2 });
    expect(rowRange([], 3, 0, 2)).toEqual([0, 2]);
  });
});
