// Which commands are found, and in which order. Runs under vitest.
import { expect, it } from 'vitest';
import type { Command, CommandSection } from './commands.ts';
import { registeredCommands } from './commands.ts';
import { searchCommands } from './search-commands.ts';

const command = (id: string, section: CommandSection, title: string): Command => ({
  id,
  section,
  title,
  run: () => {},
});
const COMMANDS = [
  command('pause', 'do', 'Pause after current'),
  command('theme', 'appearance', 'Theme: dark'),
  command('r12', 'runs', 'r12 13 numbers · lr 0.03 · s2'),
  command('s1', 'sweeps', 's1 demo'),
];
const found = (query: string) => searchCommands(COMMANDS, query).map(({ id }) => id);

it('lists no run, sweep or model before something was typed', () => {
  expect(found(' ')).toEqual(['pause', 'theme']);
});

it('finds every typed word, starts first', () => {
  expect(found('13 0.03')).toEqual(['r12']);
  expect(found('E')).toEqual(['pause', 'theme', 'r12', 's1']);
  expect(found('theme dark')).toEqual(['theme']);
  expect(found('nothing')).toEqual([]);
});

it("puts a page's command in the place of one that exists everywhere", () => {
  const page = { ...command('pause', 'do', 'Pause r12'), keys: 'p' };
  const all = registeredCommands({ everywhere: [COMMANDS], groups: [[page]] });
  expect(all.filter(({ id }) => id === 'pause')).toEqual([page]);
});
