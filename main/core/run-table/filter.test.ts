// The filter language: what is read as what, and what passes.
import { describe, expect, it } from 'vitest';
import type { FilterValue } from './filter.ts';
import { compare, parseFilter } from './filter.ts';

function passes(filter: string, value: FilterValue): boolean {
  const [term] = parseFilter(filter);
  if (term?.kind !== 'compare') throw new Error(`${filter} is no comparison.`);
  return compare(term, value) !== term.negated;
}

describe('parseFilter', () => {
  it('reads comparisons, words, quotes and negation', () => {
    expect(parseFilter('lr > 0.01 state:done,failed -tag:paper "two words" smallest')).toMatchObject([
      { kind: 'compare', key: 'lr', operator: '>', values: ['0.01'], negated: false },
      { kind: 'compare', key: 'state', operator: ':', values: ['done', 'failed'] },
      { kind: 'compare', key: 'tag', values: ['paper'], negated: true },
      { kind: 'text', text: 'two words' },
      { kind: 'text', text: 'smallest' },
    ]);
    expect(parseFilter('metric:loss@40<=0.5 note:"a b"')).toMatchObject([
      { key: 'metric:loss@40', operator: '<=', values: ['0.5'] },
      { key: 'note', values: ['a b'] },
    ]);
    expect(parseFilter('  ')).toEqual([]);
  });

  it.each(['"never closed', 'lr >', 'state:'])('names what it cannot read: %s', (filter) => {
    expect(() => parseFilter(filter)).toThrow(/filter/);
  });
});

describe('compare', () => {
  it.each<[string, FilterValue, boolean]>([
    ['lr > 0.01', 0.03, true],
    ['lr > 0.01', 0.01, false],
    ['lr = 5e-4', 0.0005, true],
    ['lr != 0.01', null, true],
    ['lr < 1', null, false],
    ['tag:paper', ['draft', 'Paper'], true],
    ['tag:pap', ['paper'], false],
    ['label:LoRA', 'TinyLoRA r 2', true],
    ['label=LoRA', 'TinyLoRA r 2', false],
    ['adapter.unitNormProjection:true', true, true],
    ['-state:done', 'done', false],
    ['state!=done,failed', 'failed', false],
  ])('%s of %j: %s', (filter, value, expected) => {
    expect(passes(filter, value)).toBe(expected);
  });

  it('needs a number behind <', () => {
    expect(() => passes('lr < small', 1)).toThrow('`lr < small` needs one number behind <');
  });
});
