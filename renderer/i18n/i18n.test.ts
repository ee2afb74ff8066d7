// Both languages have the same texts, each with the same blanks, and every text is used. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { en } from './en/index.ts';
import { zh } from './zh/index.ts';

interface Texts {
  [key: string]: string | Texts;
}

/** `feature:key.key` → text. */
function flatten(texts: Texts, prefix = ''): Map<string, string> {
  const entries = Object.entries(texts).flatMap(([key, value]): [string, string][] => {
    const separator = prefix === '' ? '' : prefix.includes(':') ? '.' : ':';
    const path = prefix + separator + key;
    return typeof value === 'string' ? [[path, value]] : [...flatten(value, path)];
  });
  return new Map(entries);
}

const english = flatten(en);
const chinese = flatten(zh);
/** Of the plural forms of one text, the key that the source asks for. */
const base = (key: string) => key.replace(/_(one|other)$/, '');
const blanks = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g))].sort();

const SOURCES = import.meta.glob<string>('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });

function sources(): string {
  return Object.entries(SOURCES)
    .filter(([file]) => !/\.test\.tsx?$|^\.\/(en|zh)\//.test(file))
    .map(([, text]) => text)
    .join('\n');
}

describe('texts', () => {
  it('have the same keys in both languages', () => {
    const keys = (texts: Map<string, string>) => [...new Set([...texts.keys()].map(base))].sort();
    expect(keys(chinese)).toEqual(keys(english));
    expect([...chinese.keys()].filter((key) => key.endsWith('_one'))).toEqual([]);
  });

  it('have the same blanks in both languages', () => {
    for (const [key, text] of chinese) expect(blanks(text), key).toEqual(blanks(english.get(key) ?? ''));
  });

  it('are nowhere empty, nowhere loud', () => {
    for (const [key, text] of [...english, ...chinese]) {
      expect(text.trim(), key).not.toBe('');
      expect(text, key).not.toMatch(/!|！|\b(oops|please|invalid)\b/i);
    }
  });

  it('are all used', () => {
    const source = sources();
    expect(source).toContain('createRoot');
    // t(`places.${name}`) uses all of `places.`
    const patterns = [...source.matchAll(/`([\w:.]*)\$\{[^}]+\}([\w.]*)`/g)].map(
      ([, start = '', end = '']) => [start, end] as const,
    );
    const isUsed = (key: string) => {
      const [, path = ''] = key.split(':');
      if (source.includes(`'${path}'`) || source.includes(`'${key}'`)) return true;
      return patterns.some(
        ([start, end]) => start.includes('.') && path.startsWith(start.replace(/^\w+:/, '')) && path.endsWith(end),
      );
    };
    expect([...new Set([...english.keys()].map(base))].filter((key) => !isUsed(key))).toEqual([]);
  });
});
