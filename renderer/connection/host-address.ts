// Where the host is and the secret it asks for: from the desktop shell, or from the address the page was opened with.
// Runs in the renderer.
import { HostConnection as DesktopConnection } from '../../contracts/desktop-bridge.ts';
import type { DesktopBridge } from '../../contracts/desktop-bridge.ts';

declare global {
  interface Window {
    /** Put there by the desktop shell; absent in a browser. */
    desktop?: DesktopBridge;
  }
}

const TOKEN_KEY = 'tinylora.token';
const TOKEN_IN_FRAGMENT = /^#token=([^&]+)$/;

export interface HostEndpoint {
  socketUrl: string;
  token: string;
}

/**
 * Moves the token from the address' fragment into this tab's session storage, so that neither history nor a copied
 * link holds it. To be called once, before the router looks at the address.
 */
export function adoptTokenFromAddress(): void {
  const token = TOKEN_IN_FRAGMENT.exec(window.location.hash)?.[1];
  if (token === undefined) return;
  window.sessionStorage.setItem(TOKEN_KEY, decodeURIComponent(token));
  window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
}

/** Null where nobody told this page a token. */
export async function hostEndpoint(): Promise<HostEndpoint | null> {
  if (window.desktop !== undefined) {
    const { url, token } = DesktopConnection.parse(await window.desktop.connection());
    return { socketUrl: url, token };
  }
  const token = window.sessionStorage.getItem(TOKEN_KEY);
  if (token === null) return null;
  const scheme = window.location.protocol === 'https:' ? 'wss:' : 'ws:';
  return { socketUrl: `${scheme}//${window.location.host}/rpc`, token };
}
