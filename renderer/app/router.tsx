// The router: history paths below one shell. Runs in the renderer.
import { createBrowserRouter } from 'react-router';
import { ErrorView } from './ErrorView.tsx';
import { NotFound } from './NotFound.tsx';
import { ROUTES } from './routes.ts';
import { Shell } from './Shell.tsx';

export function createStudioRouter() {
  return createBrowserRouter([
    {
      Component: Shell,
      ErrorBoundary: ErrorView,
      HydrateFallback: () => null,
      children: [
        ...ROUTES.map(({ path, page }) => ({ path, lazy: page, ErrorBoundary: ErrorView })),
        { path: '*', Component: NotFound },
      ],
    },
  ]);
}
