// The built-in task: right, disjoint, repeatable, and equal to the files in resources.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carefulText, corpusBatch, CORPUS_MIXTURE, generateProblem, generateSplits, toJsonLines } from './chain.ts';
import { SeededRandom } from '../../contracts/seeded-random.ts';

const TASK_FOLDER = join(import.meta.dirname, '..', '..', 'resources', 'tasks', 'chain');
const splits = generateSplits(1);
const allRows = [...splits.train, ...splits.validation, ...splits.heldOut];

/** Left to right, as a reader would. */
function evaluate(question: string): number {
  const terms = question.match(/[+-]?\d+/g) ?? [];
  return terms.reduce((sum, term) => sum + Number(term), 0);
}

describe('chain problems', () => {
  it('have the right answer, behind right working', () => {
    for (const { question, answer, solution } of allRows) {
      expect(question).toMatch(/^\d\d[+-]\d\d[+-]\d\d$/);
      expect(evaluate(question)).toBe(Number(answer));
      expect(solution).toBe(`=${evaluate(question.slice(0, 5))}#${answer}`);
    }
  });

  it('occur once over train, validation and held-out', () => {
    expect(new Set(allRows.map(({ question }) => question)).size).toBe(allRows.length);
  });

  it.each([
    ['train.jsonl', splits.train],
    ['validation.jsonl', splits.validation],
    ['held-out.jsonl', splits.heldOut],
  ] as const)('equal resources/tasks/chain/%s', (file, rows) => {
    expect(readFileSync(join(TASK_FOLDER, file), 'utf8')).toBe(toJsonLines(rows));
  });

  it('keep every result at two digits', () => {
    const random = new SeededRandom(7);
    const results = Array.from({ length: 5000 }, () => generateProblem(random).results).flat();
    expect(Math.min(...results)).toBe(10);
    expect(Math.max(...results)).toBe(99);
  });
});

describe('base corpus', () => {
  const excluded = new Set(splits.heldOut.map(({ question }) => question));
  const documents = corpusBatch(1, 1, 20_000, CORPUS_MIXTURE, excluded);
  const careful = documents.filter(({ continuation }) => continuation.startsWith('='));
  const quick = documents.filter(({ continuation }) => continuation.startsWith('#'));

  it('mixes careful and quick documents as stated', () => {
    expect(careful.length + quick.length).toBe(documents.length);
    // Five standard deviations of a binomial of 20,000.
    expect(Math.abs(quick.length / documents.length - CORPUS_MIXTURE.quickShare)).toBeLessThan(0.018);
  });

  it('is right where it is careful and mostly wrong where it guesses', () => {
    const isRight = ({ question, continuation }: { question: string; continuation: string }): boolean =>
      continuation.endsWith(`#${evaluate(question)}`);
    expect(careful.every(isRight)).toBe(true);
    const rightShare = quick.filter(isRight).length / quick.length;
    expect(rightShare).toBeGreaterThan(0.09);
    expect(rightShare).toBeLessThan(0.13);
  });

  it('never asks an excluded question, and repeats by seed and step', () => {
    expect(documents.some(({ question }) => excluded.has(question))).toBe(false);
    expect(corpusBatch(1, 1, 100, CORPUS_MIXTURE, excluded)).toEqual(documents.slice(0, 100));
    expect(corpusBatch(1, 2, 100, CORPUS_MIXTURE, excluded)).not.toEqual(documents.slice(0, 100));
    expect(corpusBatch(2, 1, 100, CORPUS_MIXTURE, excluded)).not.toEqual(documents.slice(0, 100));
  });

  it('writes each intermediate result', () => {
    expect(carefulText({ question: '23+37-13', results: [60, 47] })).toBe('=60#47');
  });
});
