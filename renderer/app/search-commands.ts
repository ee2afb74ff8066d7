// Finds commands by what was typed. Pure.
import type { Command, CommandSection } from './commands.ts';

/** What there may be thousands of is found by its name alone. */
const BY_NAME_ALONE: readonly CommandSection[] = ['runs', 'sweeps', 'models'];

/** Commands that hold every typed word, those that start with the first word first; else in their own order. */
export function searchCommands(commands: readonly Command[], query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (first === undefined) return commands.filter(({ section }) => !BY_NAME_ALONE.includes(section));
  const found = commands.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
  const rank = ({ title }: Command) => (title.toLowerCase().startsWith(first) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b));
}
