// Binds the commands' keys to the window. Runs in the renderer.
import { useEffect } from 'react';
import { createKeybindingsHandler } from 'tinykeys';
import { useRegisteredCommands } from './commands.ts';
import { SHORTCUTS } from './shortcuts.ts';
import { showToast } from './toasts.ts';

/** With Ctrl, Cmd or Alt: these do not write letters. */
const HAS_MODIFIER = /(\$mod|Control|Meta|Alt)\+/;

function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !/^(checkbox|radio|button|submit|range)$/.test(target.type);
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

/** @param singleKeys whether shortcuts of a plain letter are on */
export function useCommandKeys(singleKeys: boolean): void {
  const commands = useRegisteredCommands();
  useEffect(() => {
    const bindings: Record<string, (event: KeyboardEvent) => void> = {};
    for (const { keys, run, disabledReason } of commands) {
      if (keys === undefined) continue;
      if (!singleKeys && !HAS_MODIFIER.test(keys)) continue;
      bindings[keys] = (event) => {
        // Fields have their own undo; dialogs their own keys; the palette opens from everywhere.
        const rests = isTextField(event.target) || isInDialog(event.target);
        if (event.defaultPrevented || (rests && keys !== SHORTCUTS.palette.open)) return;
        event.preventDefault();
        // Its key still is its own: another command must not answer in its place.
        if (disabledReason === undefined) run();
        else showToast(disabledReason);
      };
    }
    const handler = createKeybindingsHandler(bindings, { ignore: (event) => event.isComposing });
    window.addEventListener('keydown', handler);
    return () => window.removeEventListener('keydown', handler);
  }, [commands, singleKeys]);
}

const IS_MAC = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);
const KEY_WORDS: Record<string, string> = {
  $mod: IS_MAC ? '⌘' : 'Ctrl',
  Alt: IS_MAC ? '⌥' : 'Alt',
  '[Shift]': '',
  BracketLeft: '[',
  BracketRight: ']',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

/** `$mod+Shift+z` → `Ctrl Shift Z`; `g h` → `G then H`, each press apart. */
export function keyPresses(keys: string): string[][] {
  return keys.split(' ').map((press) =>
    press
      .split('+')
      .map((key) => KEY_WORDS[key] ?? (key.length === 1 ? key.toUpperCase() : key))
      .filter((key) => key !== ''),
  );
}
