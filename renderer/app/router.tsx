// The router: history paths below one shell. Runs in the renderer.
import { createBrowserRouter } from 'react-router';
import { ErrorView } from './ErrorView.tsx';
import { LatePage } from './LatePage.tsx';
import { NotFound } from './NotFound.tsx';
import { ROUTES } from './routes.ts';
import type { LoadPage } from './routes.ts';
import { Shell } from './Shell.tsx';

export function createStudioRouter() {
  return createBrowserRouter([
    {
      Component: Shell,
      ErrorBoundary: ErrorView,
      HydrateFallback: () => null,
      children: [
        ...ROUTES.map(({ path, page }) => ({ path, lazy: orLater(page), ErrorBoundary: ErrorView })),
        { path: '*', Component: NotFound },
      ],
    },
  ]);
}

/** The router shows nothing at all where the code of a lazy route cannot be had, and asks for it once only. */
function orLater(page: LoadPage): LoadPage {
  return () => page().catch(() => ({ Component: () => <LatePage page={page} /> }));
}
