// The studio in one component: theme, connection, cache, router. Runs in the renderer.
import { useEffect } from 'react';
import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import { RouterProvider } from 'react-router/dom';
import { HostConnectionContext } from '../connection/hooks.ts';
import type { HostConnection } from '../connection/host-connection.ts';
import { followHost } from '../connection/query-client.ts';
import { theme } from '../theme/theme.ts';
import type { createStudioRouter } from './router.tsx';

export interface AppProps {
  connection: HostConnection;
  queryClient: QueryClient;
  router: ReturnType<typeof createStudioRouter>;
}

export function App({ connection, queryClient, router }: AppProps) {
  useEffect(() => followHost(queryClient, connection), [queryClient, connection]);
  return (
    <ThemeProvider theme={theme} defaultMode="system" noSsr>
      <CssBaseline enableColorScheme />
      <QueryClientProvider client={queryClient}>
        <HostConnectionContext value={connection}>
          <RouterProvider router={router} />
        </HostConnectionContext>
      </QueryClientProvider>
    </ThemeProvider>
  );
}
