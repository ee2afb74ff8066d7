// The router: history paths below one shell. Runs in the renderer.
import type { ComponentType } from 'react';
import { createBrowserRouter, useLoaderData } from 'react-router';
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
        // Loaders, since the router shows an empty page where the code of a `lazy` route cannot be had.
        ...ROUTES.map(({ path, page }) => ({
          path,
          loader: async () => (await page()).Component,
          shouldRevalidate: () => false,
          Component: LoadedPage,
          ErrorBoundary: ErrorView,
        })),
        { path: '*', Component: NotFound },
      ],
    },
  ]);
}

function LoadedPage() {
  const Page = useLoaderData() as ComponentType;
  return <Page />;
}
