// What people are shown of a data file agrees with what training takes of it, line by line.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataRowView } from '../contracts/library.ts';
import { readDataRows } from '../main/core/data-rows.ts';
import { loadDataSet } from '../main/engine/data.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinylora-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

const USER = '{"role":"user","content":"q"}';

it.each([
  '{"question":"q","answer":"a"}',
  '{"question":"q","answer":3}',
  '{"question":"q","answer":"a","solution":null,"cluster":"c","other":[1]}',
  `{"messages":[${USER}],"answer":"a"}`,
  '{"question":"q","answer":""}',
  '{"question":"q"}',
  '{"question":"","answer":"a"}',
  '{"answer":"a"}',
  `{"question":"q","messages":[${USER}],"answer":"a"}`,
  '{"messages":[],"answer":"a"}',
  '{"messages":[{"role":"assistant","content":"q"}],"answer":"a"}',
  '{"messages":[{"role":"tool","content":"q"}],"answer":"a"}',
  '{"question":"q","answer":"a","solution":""}',
  '{"question":"q","answer":"a","cluster":5}',
  '["q","a"]',
  'null',
  'not json',
  '   ',
])('%s', async (line) => {
  const path = join(folder, 'rows.jsonl');
  await writeFile(path, `{"question":"first","answer":"1"}\n${line}\n`);
  const rows: DataRowView[] = [];
  for await (const row of readDataRows(path)) rows.push(row);
  const taken = await loadDataSet(path).then(
    ({ problems }) => problems[1] ?? null,
    () => null,
  );
  expect(rows).toHaveLength(2);
  expect(rows[1]?.problem === null).toBe(taken !== null);
  if (taken !== null) expect(rows[1]).toMatchObject(taken);
});
