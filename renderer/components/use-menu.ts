// A menu and the button that opens it, wired for the mouse, the keyboard and screen readers. Runs in the renderer.
import { useId, useState } from 'react';
import type { MouseEvent } from 'react';

export function useMenu() {
  const menuId = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const close = () => setAnchor(null);
  return {
    close,
    buttonProps: {
      'aria-haspopup': 'menu' as const,
      'aria-expanded': anchor !== null,
      'aria-controls': anchor === null ? undefined : menuId,
      onClick: (event: MouseEvent<HTMLElement>) => setAnchor(event.currentTarget),
    },
    menuProps: { id: menuId, anchorEl: anchor, open: anchor !== null, onClose: close },
  };
}
