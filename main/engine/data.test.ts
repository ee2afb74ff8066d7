// Data files: what is read, what is refused with file and line, and the order of training.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchIndices, checkBatchSize, loadDataSet, stepsPerEpoch } from './data.ts';
import { shuffledOrder } from './random.ts';
import { targetText } from './sft.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'data.jsonl');
  await writeFile(path, content);
  return path;
}

describe('loadDataSet', () => {
  it('reads questions, chat turns and solutions', async () => {
    const data = await loadDataSet(
      await file(
        '{"question":"2+2?","answer":4,"id":"x","cluster":"sums"}\n{"messages":[{"role":"user","content":"Hi"}],"answer":"a","solution":null}\n',
      ),
    );
    expect(data.problems).toEqual([
      { line: 1, question: '2+2?', messages: null, answer: '4', solution: null, cluster: 'sums' },
      {
        line: 2,
        question: null,
        messages: [{ role: 'user', content: 'Hi' }],
        answer: 'a',
        solution: null,
        cluster: null,
      },
    ]);
  });

  it.each([
    ['a broken line', '{"question":"a","answer":"b"}\n{"question":\n', /data\.jsonl:2: not JSON/],
    ['an empty line', '{"question":"a","answer":"b"}\n\n{"question":"a","answer":"b"}\n', /data\.jsonl:2: .*empty/],
    ['a missing answer', '{"question":"a"}\n', /data\.jsonl:1: answer/],
    ['neither question nor messages', '{"answer":"b"}\n', /data\.jsonl:1: .*question or messages/],
    [
      'turns that end with the model',
      '{"messages":[{"role":"assistant","content":"a"}],"answer":"b"}\n',
      /:1: messages must end/,
    ],
    ['an empty file', '', /is empty/],
  ])('refuses %s', async (_, content, message) => {
    await expect(loadDataSet(await file(content))).rejects.toThrow(message);
    await expect(loadDataSet(await file(content))).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('refuses a missing file and bytes that are not UTF-8', async () => {
    await expect(loadDataSet(join(folder, 'none.jsonl'))).rejects.toThrow(/none\.jsonl cannot be read/);
    await expect(loadDataSet(await file(Uint8Array.of(0xff, 0xfe)))).rejects.toThrow(/not UTF-8/);
  });
});

describe('order', () => {
  it('is a permutation that depends on seed and epoch', () => {
    const order = shuffledOrder(100, 7, 0);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(order).toEqual(shuffledOrder(100, 7, 0));
    expect(order).not.toEqual(shuffledOrder(100, 7, 1));
    expect(order).not.toEqual(shuffledOrder(100, 8, 0));
  });

  it('never changes: golden order', () => {
    expect([...shuffledOrder(8, 0, 0)]).toEqual([1, 0, 6, 4, 3, 5, 2, 7]);
  });

  it('drops the incomplete last batch and then begins another epoch', () => {
    expect(stepsPerEpoch(7473, 64)).toBe(116);
    expect(stepsPerEpoch(8523, 256)).toBe(33);
    const steps = [1, 2, 3].map((step) => batchIndices(10, 4, 3, step));
    expect(new Set(steps.slice(0, 2).flat()).size).toBe(8);
    expect(steps[2]).toEqual([...shuffledOrder(10, 3, 1).slice(0, 4)]);
  });

  it('refuses a batch larger than the data', async () => {
    const data = await loadDataSet(await file('{"question":"a","answer":"b"}\n'));
    expect(() => checkBatchSize(data, 2)).toThrow(/promptsPerStep is 2, but data\.jsonl has only 1/);
  });
});

it('targets lose the calculator marks', () => {
  const problem = {
    line: 1,
    question: 'q',
    messages: null,
    answer: '24',
    solution: '48/2 = <<48/2=24>>24 clips\n#### 24',
    cluster: null,
  };
  expect(targetText(problem)).toBe('48/2 = 24 clips\n#### 24');
  expect(targetText({ ...problem, solution: null })).toBe('24');
});
