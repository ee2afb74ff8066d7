// The other pages' code, loaded ahead of the click that opens them. Runs in the renderer.
import { ROUTES } from './routes.ts';

/** Marks on the page's clock that every page's code is there. */
export const PAGES_LOADED = 'pages-loaded';

/**
 * Page after page while the window has nothing else to do: opening one later waits for its data alone.
 * It stops at the first whose code cannot be had, as while the host is gone; that page is asked for again when it is opened.
 */
export async function loadPagesWhenIdle(): Promise<void> {
  for (const { page } of ROUTES) {
    await idle();
    try {
      await page();
    } catch {
      return;
    }
  }
  performance.mark(PAGES_LOADED);
}

function idle(): Promise<unknown> {
  // Safari has no idle callbacks.
  return new Promise((resolve) =>
    'requestIdleCallback' in window ? requestIdleCallback(resolve) : setTimeout(resolve),
  );
}
