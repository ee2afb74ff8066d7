// Everything the palette and the keyboard can do. Features add their commands while they are shown. Runs in the renderer.
import { useEffect, useMemo } from 'react';
import { create } from 'zustand';

export type CommandSection = 'do' | 'go' | 'appearance' | 'runs' | 'sweeps' | 'models';

export interface Command {
  /** Unique, e.g. `queue.pauseAfterCurrent`; a page's command replaces one with the same id that exists everywhere. */
  id: string;
  section: CommandSection;
  title: string;
  /** In the words of tinykeys: `g h`, `$mod+k`, `Shift+p`. Bound for as long as the command is registered. */
  keys?: string;
  /** Why it cannot be done now; shown in the palette, where it stays listed. */
  disabledReason?: string;
  run: () => void;
}

/** How the ids of commands begin that export a chart. */
export const EXPORT_COMMAND = 'export.';

interface CommandState {
  everywhere: readonly (readonly Command[])[];
  /** Of what is shown now: they go before those that exist everywhere. */
  groups: readonly (readonly Command[])[];
}

export const useCommandRegistry = create<CommandState>(() => ({ everywhere: [], groups: [] }));

/**
 * Registers commands while the component is shown. Memoise the list: a new array registers anew.
 * @param place `everywhere` for the shell, whose keys a page may take over
 */
export function useCommands(commands: readonly Command[], place: 'page' | 'everywhere' = 'page'): void {
  useEffect(() => {
    const list = place === 'page' ? 'groups' : 'everywhere';
    useCommandRegistry.setState((state) => ({ [list]: [...state[list], commands] }));
    return () =>
      useCommandRegistry.setState((state) => ({ [list]: state[list].filter((group) => group !== commands) }));
  }, [commands, place]);
}

/** All commands, each id once; a page's after those that exist everywhere. */
export function registeredCommands({ everywhere, groups }: CommandState): Command[] {
  return [...new Map([...everywhere, ...groups].flat().map((command) => [command.id, command])).values()];
}

export function useRegisteredCommands(): Command[] {
  const state = useCommandRegistry();
  return useMemo(() => registeredCommands(state), [state]);
}
