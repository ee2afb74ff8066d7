// Every shortcut of the studio: what binds a key takes it from here, and the list of shortcuts shows the same. Runs in the
// renderer.
import { matchKeybindingPress, parseKeybinding } from 'tinykeys';

/** By what the list says of them, each in the words of tinykeys. */
export const SHORTCUTS = {
  palette: { open: '$mod+k' },
  sheet: { open: '[Shift]+?' },
  newSweep: { open: 'n' },
  filter: { focus: '/' },
  compareSelection: { open: 'c' },
  pause: { toggle: 'p' },
  pauseAfterCurrent: { ask: 'Shift+p' },
  retry: { ask: 'r' },
  extend: { open: 'e' },
  remove: { ask: 'Delete' },
  undo: { ask: '$mod+z' },
  redo: { ask: '$mod+Shift+z' },
  move: { next: 'j', previous: 'k', down: 'ArrowDown', up: 'ArrowUp' },
  open: { ask: 'Enter' },
  select: { toggle: 'x', space: 'Space' },
  range: { down: 'Shift+ArrowDown', up: 'Shift+ArrowUp', space: 'Shift+Space' },
  selectAll: { ask: '$mod+a' },
  clear: { ask: 'Escape' },
  moveInQueue: { up: 'Alt+ArrowUp', down: 'Alt+ArrowDown' },
  moveToTop: { ask: 'Alt+Home' },
  yaml: { toggle: '$mod+e' },
  saveRecipe: { ask: '$mod+s' },
  prompt: { previous: '[', next: ']' },
  step: { previous: 'Shift+BracketLeft', next: 'Shift+BracketRight' },
  nextOverCap: { go: '.' },
  chart: { table: 't', summary: 's', reset: '0', logY: 'l' },
  theme: { toggle: 'Alt+t' },
} as const satisfies Record<string, Record<string, string>>;

type PressedKey = Pick<KeyboardEvent, 'key' | 'code' | 'getModifierState'>;

/** Whether an event is this one press, with no other modifier held. */
export function isPressed(event: PressedKey, shortcut: string): boolean {
  const [press] = parseKeybinding(shortcut);
  return press !== undefined && matchKeybindingPress(event as KeyboardEvent, press);
}

/** What the pressed key does; undefined where it is none of these. */
export function actionOf<Action>(
  event: PressedKey,
  actions: readonly (readonly [string, Action])[],
): Action | undefined {
  return actions.find(([shortcut]) => isPressed(event, shortcut))?.[1];
}
