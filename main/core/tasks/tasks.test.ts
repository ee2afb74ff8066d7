// The built-in tasks: right answers, splits that share nothing, and the same problems on every machine.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { product } from './product.ts';
import { smallest } from './smallest.ts';
import { TASKS, taskFile } from './task-files.ts';
import { SPLITS } from './task.ts';
import type { Split, Task, TaskRow } from './task.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinylora-tasks-'));
afterAll(() => rmSync(folder, { recursive: true }));

function rowsBySplit(task: Task): Record<Split, TaskRow[]> {
  const rows: Record<Split, TaskRow[]> = { train: [], validation: [], 'held-out': [] };
  for (const [split, row] of task.rows()) rows[split].push(row);
  return rows;
}

const questionOf = (row: TaskRow): string => ('question' in row ? row.question : (row.messages.at(-1)?.content ?? ''));
const numbersIn = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
/** The numbers of a question, whatever their order. */
const setOf = (text: string): string => {
  return numbersIn(text)
    .sort((one, other) => one - other)
    .join();
};

describe('smallest', () => {
  const rows = rowsBySplit(smallest);
  const all = SPLITS.flatMap((split) => rows[split]);

  it('asks for the smallest of five two-digit numbers after three solved examples', () => {
    expect(rows.train.length).toBeGreaterThanOrEqual(120 * 64);
    expect([rows['held-out'].length, rows.validation.length]).toEqual([512, 512]);
    for (const row of all) {
      const turns = 'messages' in row ? row.messages : [];
      expect(turns.map(({ role }) => role).join(' ')).toBe('user assistant user assistant user assistant user');
      const asked = turns.filter(({ role }) => role === 'user').map(({ content }) => content);
      const answers = [...turns.filter(({ role }) => role === 'assistant').map(({ content }) => content), row.answer];
      expect(asked.map((text) => String(Math.min(...numbersIn(text))))).toEqual(answers);
    }
    expect(questionOf(all[0] as TaskRow)).toMatch(/^Which of these numbers is the smallest: \d\d(, \d\d){4}\?$/);
  });

  it('never draws a set of numbers twice, in whatever split, problem or example', () => {
    const sets = all.flatMap((row) => {
      const turns = 'messages' in row ? row.messages : [];
      return turns.filter(({ role }) => role === 'user').map(({ content }) => setOf(content));
    });
    expect(sets.length).toBe(4 * all.length);
    expect(new Set(sets).size).toBe(sets.length);
    expect(sets.every((set) => new Set(set.split(',')).size === 5)).toBe(true);
  });
});

describe('product', () => {
  const rows = rowsBySplit(product);

  it('asks every pair of factors in both orders, in one split', () => {
    const questions = SPLITS.map((split) => new Set(rows[split].map(questionOf)));
    expect(new Set(questions.flatMap((some) => [...some])).size).toBe(11 ** 2);
    const pairs = SPLITS.map((split) => new Set(rows[split].map((row) => setOf(questionOf(row)))));
    expect(pairs.map(({ size }) => size)).toEqual([32, 8, 26]);
    expect(new Set(pairs.flatMap((some) => [...some])).size).toBe(66);
    expect(rows['held-out'].length).toBe(questions[2]?.size);
  });

  it('gives both orders one cluster and the right answer', () => {
    for (const row of rows['held-out']) {
      const [a = 0, b = 0] = numbersIn(questionOf(row));
      expect(row.answer).toBe(String(a * b));
      expect(row.cluster).toBe(`${Math.min(a, b)} * ${Math.max(a, b)}`);
    }
  });

  it('holds more rows for training than a batch has prompts', () => {
    expect(rows.train.length).toBeGreaterThan(64);
  });
});

describe('task files', () => {
  it('are written whole under a name of their content, and mended', async () => {
    const path = await taskFile('task:product/held-out', folder);
    const content = readFileSync(path, 'utf8');
    expect(content.trimEnd().split('\n').length).toBe(rowsBySplit(product)['held-out'].length);
    writeFileSync(path, content.slice(0, 100));
    expect(await taskFile('task:product/held-out', folder)).toBe(path);
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(readdirSync(folder)).toEqual([basename(path)]);
  });

  it('never change: their names, so their contents', async () => {
    const references = TASKS.flatMap(({ name }) => SPLITS.map((split) => `task:${name}/${split}`));
    const names = await Promise.all(references.map(async (reference) => basename(await taskFile(reference, folder))));
    expect(names).toEqual([
      'smallest-train-52ea54fd115b.jsonl',
      'smallest-validation-ed532f6feaab.jsonl',
      'smallest-held-out-a6ea91b6c814.jsonl',
      'product-train-e7e71f0a9563.jsonl',
      'product-validation-cbb840f6060a.jsonl',
      'product-held-out-bd088c1e5334.jsonl',
    ]);
  });

  it('are refused under other names', async () => {
    await expect(taskFile('task:sum/train', folder)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(taskFile('task:product', folder)).rejects.toThrow(/choose one of task:product\/train, task:product/);
    await expect(taskFile('task:product/train', join(folder, '\0'))).rejects.toMatchObject({ code: 'STORAGE' });
  });
});
