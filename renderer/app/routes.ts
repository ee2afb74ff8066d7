// Every page and its address; each is loaded when it is first opened. Runs in the renderer.
import type { ComponentType } from 'react';

interface PageRoute {
  path: string;
  page: () => Promise<{ Component: ComponentType }>;
}

export const ROUTES: readonly PageRoute[] = [
  { path: '/', page: async () => ({ Component: (await import('../features/home/HomePage.tsx')).HomePage }) },
  { path: '/runs', page: async () => ({ Component: (await import('../features/runs/RunsPage.tsx')).RunsPage }) },
];
