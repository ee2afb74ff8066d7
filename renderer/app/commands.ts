// Everything the palette and the keyboard can do. Features add their commands while they are shown. Runs in the renderer.
import { useEffect } from 'react';
import { create } from 'zustand';

export type CommandSection = 'do' | 'go' | 'appearance' | 'runs' | 'sweeps' | 'models';

export interface Command {
  /** Unique, e.g. `queue.pauseAfterCurrent`; a command registered later replaces one with the same id. */
  id: string;
  section: CommandSection;
  title: string;
  /** In the words of tinykeys: `g h`, `$mod+k`, `Shift+p`. Bound for as long as the command is registered. */
  keys?: string;
  /** Why it cannot be done now; shown in the palette, where it stays listed. */
  disabledReason?: string;
  run: () => void;
}

interface CommandState {
  groups: readonly (readonly Command[])[];
}

export const useCommandRegistry = create<CommandState>(() => ({ groups: [] }));

/** Registers commands while the component is shown. Memoise the list: a new array registers anew. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => {
    useCommandRegistry.setState(({ groups }) => ({ groups: [...groups, commands] }));
    return () =>
      useCommandRegistry.setState(({ groups }) => ({ groups: groups.filter((group) => group !== commands) }));
  }, [commands]);
}

/** All commands, each id once. */
export function registeredCommands({ groups }: CommandState): Command[] {
  return [...new Map(groups.flat().map((command) => [command.id, command])).values()];
}
