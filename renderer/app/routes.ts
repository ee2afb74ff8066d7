// Every page and its address; each is loaded when it is first opened, or before that when the window is idle. Runs in the
// renderer.
import type { ComponentType } from 'react';

export type LoadPage = () => Promise<{ Component: ComponentType }>;

interface PageRoute {
  path: string;
  page: LoadPage;
}

export const ROUTES: readonly PageRoute[] = [
  { path: '/', page: async () => ({ Component: (await import('../features/home/HomePage.tsx')).HomePage }) },
  { path: '/runs', page: async () => ({ Component: (await import('../features/runs/RunsPage.tsx')).RunsPage }) },
  { path: '/runs/:id', page: async () => ({ Component: (await import('../features/run/RunPage.tsx')).RunPage }) },
  {
    path: '/sweeps/new',
    page: async () => ({ Component: (await import('../features/new-sweep/NewSweepPage.tsx')).NewSweepPage }),
  },
  {
    path: '/compare',
    page: async () => ({ Component: (await import('../features/compare/ComparePage.tsx')).ComparePage }),
  },
  {
    path: '/sweeps/:id',
    page: async () => ({ Component: (await import('../features/sweep/SweepPage.tsx')).SweepPage }),
  },
  {
    path: '/pareto',
    page: async () => ({ Component: (await import('../features/pareto/ParetoPage.tsx')).ParetoPage }),
  },
  {
    path: '/models',
    page: async () => ({ Component: (await import('../features/models/ModelsPage.tsx')).ModelsPage }),
  },
  {
    path: '/models/:id',
    page: async () => ({ Component: (await import('../features/models/ModelPage.tsx')).ModelPage }),
  },
  {
    path: '/data',
    page: async () => ({ Component: (await import('../features/data/DataSetsPage.tsx')).DataSetsPage }),
  },
  {
    path: '/data/:id',
    page: async () => ({ Component: (await import('../features/data/DataSetPage.tsx')).DataSetPage }),
  },
  { path: '/disk', page: async () => ({ Component: (await import('../features/disk/DiskPage.tsx')).DiskPage }) },
  {
    path: '/playground',
    page: async () => ({ Component: (await import('../features/playground/PlaygroundPage.tsx')).PlaygroundPage }),
  },
  {
    path: '/settings',
    page: async () => ({ Component: (await import('../features/settings/SettingsPage.tsx')).SettingsPage }),
  },
  {
    path: '/doctor',
    page: async () => ({ Component: (await import('../features/settings/SettingsPage.tsx')).SettingsPage }),
  },
];
