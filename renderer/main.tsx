// Entry of the renderer: starts translation and connection, then draws. Runs in the desktop window and in browsers.
import '@fontsource-variable/ibm-plex-sans/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@fontsource-variable/noto-sans-sc/wght.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { createStudioRouter } from './app/router.tsx';
import { adoptTokenFromAddress, hostEndpoint } from './connection/host-address.ts';
import { HostConnection } from './connection/host-connection.ts';
import { createQueryClient } from './connection/query-client.ts';
import { startTranslation } from './i18n/i18n.ts';

adoptTokenFromAddress();
startTranslation();
const connection = new HostConnection(hostEndpoint);
connection.connect();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id root.');
createRoot(root).render(
  <StrictMode>
    <App connection={connection} queryClient={createQueryClient()} router={createStudioRouter()} />
  </StrictMode>,
);
