// docs/paper-map.md and the code agree both ways: every `Paper eq. N` or `Paper §N` tag has a row, every row its tag.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const repositoryRoot = join(import.meta.dirname, '..');
const TAG = /\bPaper (eq\. \d+|§\d+(?:\.\d+)?)/g;
const SOURCE = /\.(ts|mjs|cpp|h|cuh|patch)$/;

interface Row {
  line: number;
  tag: string;
  sources: string[];
  tests: string[];
}

/** Rows `| tag | what | sources | tests |` of the map; paths stand in backquotes. */
function mapRows(): Row[] {
  const lines = readFileSync(join(repositoryRoot, 'docs', 'paper-map.md'), 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    const [, tag = '', , sources = '', tests = ''] = text.split('|').map((cell) => cell.trim());
    if (!/^(eq\. \d+|§\d+(\.\d+)?)$/.test(tag)) return [];
    const paths = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    return [{ line: index + 1, tag, sources: paths(sources), tests: paths(tests) }];
  });
}

/** `tag path` of every tag in code; tests may quote tags freely. */
function codeTags(): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', 'contracts', 'main', 'native', 'scripts'],
    {
      cwd: repositoryRoot,
      encoding: 'utf8',
    },
  );
  const files = listed
    .trim()
    .split('\n')
    .filter(
      (file) => SOURCE.test(file) && !/\.test\.ts$|\/test\//.test(file) && existsSync(join(repositoryRoot, file)),
    );
  return files.flatMap((file) => {
    const tags = [...readFileSync(join(repositoryRoot, file), 'utf8').matchAll(TAG)].map((match) => match[1] ?? '');
    return [...new Set(tags)].map((tag) => `${tag} ${file}`);
  });
}

describe('paper map', () => {
  const rows = mapRows();

  it('has a row for every tag, and a tag for every row', () => {
    const mapped = new Set(rows.flatMap((row) => row.sources.map((file) => `${row.tag} ${file}`)));
    const tagged = codeTags();
    expect(
      tagged.filter((entry) => !mapped.has(entry)),
      'tags without a row',
    ).toEqual([]);
    expect(
      [...mapped].filter((entry) => !tagged.includes(entry)),
      'rows without a tag',
    ).toEqual([]);
    expect(rows.length).toBeGreaterThan(5);
  });

  it('names a test that exists in every row', () => {
    for (const row of rows) {
      expect(row.tests.length, `line ${row.line} names no test`).toBeGreaterThan(0);
      expect(
        row.tests.filter((file) => !existsSync(join(repositoryRoot, file))),
        `line ${row.line}`,
      ).toEqual([]);
    }
  });
});
