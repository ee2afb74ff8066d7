// The Esc key of a page, where no dialog, menu or field has taken it. Runs in the renderer.
import { useEffect, useEffectEvent } from 'react';
import { SHORTCUTS, isPressed } from './shortcuts.ts';

export function useEscape(onEscape: () => void): void {
  const escape = useEffectEvent(onEscape);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isElsewhere =
        event.target instanceof Element && event.target.closest('[role="dialog"], [role="menu"]') !== null;
      if (isPressed(event, SHORTCUTS.clear.ask) && !event.defaultPrevented && !isElsewhere) escape();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
