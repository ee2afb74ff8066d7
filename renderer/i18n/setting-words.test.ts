// Every setting has its Chinese words, and no words are left of settings that are gone. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { SETTING_SOURCES } from '../../contracts/setting-sources.ts';
import { SETTING_WORDS_ZH } from './zh/setting-words.ts';

describe('Chinese words of settings', () => {
  it('are those of exactly the settings there are', () => {
    expect(Object.keys(SETTING_WORDS_ZH).sort()).toEqual([...SETTING_SOURCES.keys()].sort());
  });

  it('give a reason where the default has one', () => {
    for (const [path, { source }] of SETTING_SOURCES) {
      expect(SETTING_WORDS_ZH[path]?.reason !== undefined, path).toBe('where' in source);
    }
  });
});
