// Changing preferences keeps what the change does not name. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { Preferences, PreferencesChange, changedPreferences } from './preferences.ts';

describe('preferences', () => {
  it('keep what a change does not name, in panes and tables entry by entry', () => {
    const before = Preferences.parse({ theme: 'dark', panes: { run: { left: 60, right: 40 } }, tables: { runs: [1] } });
    const after = changedPreferences(before, { language: 'zh', panes: { sweep: { left: 70 } } });
    expect(after).toEqual({
      ...before,
      language: 'zh',
      panes: { run: { left: 60, right: 40 }, sweep: { left: 70 } },
    });
  });

  it('know every key in a change', () => {
    expect(Object.keys(PreferencesChange.shape)).toEqual(Object.keys(Preferences.shape));
  });

  it('refuse values that no window could use', () => {
    expect(PreferencesChange.safeParse({ theme: 'sepia' }).success).toBe(false);
    expect(PreferencesChange.safeParse({ panes: { run: { left: 130 } } }).success).toBe(false);
  });
});
