import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { readRows } from './json-lines.ts';

const Row = z.strictObject({ text: z.string() });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tinylora-json-lines-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function textsOf(name: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { row } of readRows(join(folder, name), Row)) texts.push(row.text);
  return texts;
}

function textsIn(content: string): Promise<string[]> {
  writeFileSync(join(folder, 'rows.jsonl'), content);
  return textsOf('rows.jsonl');
}

it('whole rows are read up to one that is torn or wrong', async () => {
  expect(await textsIn('{"text":"a"}\n{"text":"b"}\n{"text":"c"}')).toEqual(['a', 'b']);
  expect(await textsIn('{"text":"a"}\n{"text":1}\n{"text":"c"}\n')).toEqual(['a']);
  expect(await textsOf('missing.jsonl')).toEqual([]);
});

it('a line separator within a text ends no row', async () => {
  expect(await textsIn('{"text":"a\u2028b"}\n{"text":"c"}\n')).toEqual(['a\u2028b', 'c']);
});
