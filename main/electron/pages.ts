// Serves the built pages under the app's own scheme. Runs in the desktop shell.
import { join } from 'node:path';
import { protocol } from 'electron';
import { DESKTOP_ORIGIN, DESKTOP_SCHEME } from '../../contracts/desktop-bridge.ts';
import { findPage } from '../core/app-pages.ts';
import { outsideArchive } from './utility-host.ts';

const PAGES_FOLDER = outsideArchive(join(import.meta.dirname, '..', '..', 'build', 'renderer'));
/** The host's port is not known yet, and another one after a restart. */
const HOST_SOURCES = 'ws://127.0.0.1:*';

/** Before the app is ready: history paths, secure context. */
export function declareScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: DESKTOP_SCHEME, privileges }]);
}

export function servePages(): void {
  protocol.handle(DESKTOP_SCHEME, async (request) => {
    const url = new URL(request.url);
    if (`${url.protocol}//${url.host}` !== DESKTOP_ORIGIN) return new Response(null, { status: 404 });
    const { status, headers, body } = await findPage(PAGES_FOLDER, url.pathname, HOST_SOURCES);
    return new Response(new Uint8Array(body), { status, headers });
  });
}
