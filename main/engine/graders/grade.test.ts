// The graders against the public vectors and the forms that models really write.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GraderConfig } from '../../../contracts/run-config.ts';
import { lastBoxed, trimAnswer } from './boxed.ts';
import { gradeCompletion, gradeEquality, textBeforeStop } from './grade.ts';
import { checkGrader } from './rules.ts';

interface Vector {
  pred: string;
  gold: string;
  equal: boolean;
  source: string;
  level: string;
  note?: string;
}
const VECTORS = join(import.meta.dirname, '../../../../shared/graders/vectors.jsonl');
const hasVectors = existsSync(VECTORS);
const vectors = hasVectors
  ? readFileSync(VECTORS, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Vector)
  : [];
const grader = (name: Exclude<GraderConfig['name'], 'regex'>, mustEnd = false): GraderConfig => ({ name, mustEnd });

describe.skipIf(!hasVectors)('public vectors (../shared/graders)', () => {
  it('grades the 24 GSM8K rows under the rule that each names', () => {
    const rows = vectors.filter((row) => row.level === 'gsm8k_completion');
    const wrong = rows.filter((row) => {
      const flexible = `${row.source} ${row.note ?? ''}`.includes('flexible');
      const rule = grader(flexible ? 'gsm8k-flexible-verl' : 'gsm8k-strict');
      return gradeEquality(rule, row.pred, row.gold) !== row.equal;
    });
    expect(rows).toHaveLength(24);
    expect(wrong).toEqual([]);
  });

  it('boxed: a box that equals the gold as a string is right, no box is wrong', () => {
    const rows = vectors.filter((row) => row.level === 'completion');
    const same = rows.filter((row) => lastBoxed(row.pred) === trimAnswer(row.gold));
    const without = rows.filter((row) => !/\\(boxed|fbox)/.test(row.pred));
    expect(same.length).toBeGreaterThan(15);
    expect(without.length).toBeGreaterThan(15);
    expect(same.filter((row) => !gradeEquality(grader('boxed'), row.pred, row.gold))).toEqual([]);
    expect(without.filter((row) => gradeEquality(grader('boxed'), row.pred, row.gold))).toEqual([]);
  });
});

describe('gsm8k-strict', () => {
  it('reads only the last 300 characters', () => {
    expect(gradeEquality(grader('gsm8k-strict'), `#### 42${' '.repeat(293)}`, '42')).toBe(true);
    expect(gradeEquality(grader('gsm8k-strict'), `#### 42${' '.repeat(294)}`, '42')).toBe(false);
  });
});

describe('gsm8k-lenient', () => {
  it.each([
    ['The answer is 18.', '18'],
    ['She pays $1,200 in total', '1200'],
    ['It is \\boxed{42}', '42'],
    ['\\boxed{42\\text{ dollars}}', '42'],
    ['#### **42**', '42'],
    ['#### $1,234.50', '1234.5'],
    ['so 7 - 12 = -5', '-5'],
    ['5-3', '3'],
    ['#### 18.00', '18'],
    ['0.50', '.5'],
  ])('%s is %s', (pred, gold) => {
    expect(gradeEquality(grader('gsm8k-lenient'), pred, gold)).toBe(true);
  });

  it.each([
    ['no number at all', '18'],
    ['18 and then 19', '18'],
    ['\\boxed{17} although 18', '18'],
    ['#### 17\nrounded from 18', '18'],
    ['1,200', '200'],
  ])('%s is not %s', (pred, gold) => {
    expect(gradeEquality(grader('gsm8k-lenient'), pred, gold)).toBe(false);
  });
});

describe('boxed', () => {
  it.each([
    ['\\boxed{\\frac{1}{2}}', '\\frac{1}{2}'],
    ['\\fbox{7}', '7'],
    ['\\boxed 7', '7'],
    ['\\boxed{1} then \\boxed{ 2 }', '2'],
    ['\\boxed{\\{1,\\} 2\\}}', '\\{1,\\} 2\\}'],
  ])('%s holds %s', (text, content) => {
    expect(lastBoxed(text)).toBe(content);
  });

  it('finds nothing where the brace is not closed or there is no box', () => {
    expect(lastBoxed('\\boxed{12 $ and')).toBeNull();
    expect(lastBoxed('boxed{12}')).toBeNull();
  });
});

describe('exact, last-number, regex', () => {
  it('exact takes the whole completion', () => {
    expect(gradeEquality(grader('exact'), ' 12\n', '12')).toBe(true);
    expect(gradeEquality(grader('exact'), 'It is 12', '12')).toBe(false);
  });

  it('last-number compares numbers', () => {
    expect(gradeEquality(grader('last-number'), '7 * 8 = 56.', '56')).toBe(true);
    expect(gradeEquality(grader('last-number'), '56 = 7 * 8', '56')).toBe(false);
  });

  it('regex reads the named group of its last match', () => {
    const rule: GraderConfig = { name: 'regex', pattern: 'so (?<answer>\\d+)', mustEnd: false };
    expect(gradeEquality(rule, 'so 3, so 4', '4')).toBe(true);
    expect(gradeEquality(rule, 'so 4, so 3', '4')).toBe(false);
  });

  it('refuses a pattern that cannot work, naming the key', () => {
    expect(() => checkGrader({ name: 'regex', pattern: '(', mustEnd: false })).toThrow(/grader\.pattern/);
    expect(() => checkGrader({ name: 'regex', pattern: '\\d+', mustEnd: false })).toThrow(/\(\?<answer>/);
    expect(() => checkGrader({ name: 'regex', pattern: '(?<answer>\\d+)', mustEnd: false })).not.toThrow();
  });
});

describe('gradeCompletion', () => {
  it('logs strict, lenient and format beside the reward', () => {
    const grade = gradeCompletion(grader('gsm8k-strict'), 'The answer is \\boxed{42}', '42', 'end');
    expect(grade).toEqual({ reward: 0, extracted: null, strict: false, lenient: true, format: false });
  });

  it('mustEnd: a completion cut off by its length is wrong', () => {
    expect(gradeCompletion(grader('last-number', true), '56', '56', 'length')).toMatchObject({
      reward: 0,
      format: false,
    });
    expect(gradeCompletion(grader('last-number', true), '56', '56', 'stop')).toMatchObject({ reward: 1, format: true });
  });

  it('masks a cancelled completion and one whose grader hangs, and never scores them 0', () => {
    const hanging: GraderConfig = { name: 'regex', pattern: '^(a+)+(?<answer>b)$', mustEnd: false };
    expect(gradeCompletion(grader('exact'), '12', '12', 'cancelled').reward).toBeNull();
    expect(gradeCompletion(hanging, 'a'.repeat(40), 'b', 'end').reward).toBeNull();
  });
});

it('textBeforeStop cuts at the earliest stop string', () => {
  expect(textBeforeStop('7 * 8 = 56\nand\n', ['and', '\n'])).toBe('7 * 8 = 56');
  expect(textBeforeStop('56', ['\n'])).toBe('56');
});
