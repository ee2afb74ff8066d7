// The list of shortcuts and what is bound are the same. Runs under vitest.
import { describe, expect, it } from 'vitest';
import { SHORTCUTS, actionOf, isPressed } from './shortcuts.ts';

const SOURCES = import.meta.glob<string>('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });
const sources = Object.entries(SOURCES)
  .filter(([file]) => !/\.test\.tsx?$|^\.\.\/i18n\/|^\.\/shortcuts\.ts$|^\.\/ShortcutSheet\.tsx$/.test(file))
  .map(([, text]) => text);

/** As a browser tells of a press. */
function press(key: string, held: readonly string[] = [], code = key) {
  return { key, code, getModifierState: (modifier: string) => held.includes(modifier) };
}

describe('every shortcut that is listed', () => {
  const listed = Object.entries(SHORTCUTS).flatMap(([row, keys]) =>
    Object.keys(keys).map((name) => [row, name] as const),
  );

  it.each(listed)('is bound somewhere: %s.%s', (row, name) => {
    // `SHORTCUTS.row.name`, or the row taken out first: `const { row } = SHORTCUTS`, `const { row: keys } = SHORTCUTS`.
    const isBound = sources.some((text) => {
      if (text.includes(`SHORTCUTS.${row}.${name}`)) return true;
      const [, taken] = /const \{([^}]+)\} = SHORTCUTS;/.exec(text) ?? [];
      const [, alias] = new RegExp(`\\b${row}(?:: (\\w+))?\\b`).exec(taken ?? '') ?? [];
      const isTaken = new RegExp(`\\b${row}\\b`).test(taken ?? '');
      return isTaken && new RegExp(`\\b${alias ?? row}\\.${name}\\b`).test(text);
    });
    expect(isBound).toBe(true);
  });
});

it('nothing binds a command to a key that the list does not have', () => {
  const written = sources.flatMap((text) => [...text.matchAll(/\bkeys: (['"`][^'"`]*['"`])/g)].map(([, keys]) => keys));
  // The places of the rail, which the list shows from the same array.
  expect(written).toEqual(['`g ${key}`']);
});

describe('a press', () => {
  it('is told from the same key with another modifier', () => {
    expect(isPressed(press('t'), SHORTCUTS.chart.table)).toBe(true);
    expect(isPressed(press('T'), SHORTCUTS.chart.table)).toBe(true);
    expect(isPressed(press('t', ['Alt']), SHORTCUTS.chart.table)).toBe(false);
    expect(isPressed(press('t', ['Alt']), SHORTCUTS.theme.toggle)).toBe(true);
    expect(isPressed(press(' ', [], 'Space'), SHORTCUTS.select.space)).toBe(true);
  });

  it('does what its own shortcut says', () => {
    const { down, up } = SHORTCUTS.range;
    const steps = [
      [down, 1],
      [up, -1],
    ] as const;
    expect(actionOf(press('ArrowUp', ['Shift']), steps)).toBe(-1);
    expect(actionOf(press('ArrowUp'), steps)).toBeUndefined();
  });
});
