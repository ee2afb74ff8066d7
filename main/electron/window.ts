// The app's window: locked down, with its size and place kept. Runs in the desktop shell.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, BrowserWindow, screen } from 'electron';
import type { Rectangle, Session, WebContents } from 'electron';
import { z } from 'zod';
import { DESKTOP_ORIGIN } from '../../contracts/desktop-bridge.ts';

const SMALLEST = { minWidth: 900, minHeight: 700 };
const FIRST_SIZE = { width: 1280, height: 800 };
/** Copying to the clipboard, and the connection to the host on this machine: nothing else. */
const GRANTED = new Set(['clipboard-sanitized-write', 'loopback-network', 'local-network', 'local-network-access']);

const WindowState = z.strictObject({
  bounds: z.strictObject({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1) }),
  isMaximized: z.boolean(),
});
type WindowState = z.infer<typeof WindowState>;

export function createWindow(route: string): BrowserWindow {
  const state = readState();
  const window = new BrowserWindow({
    ...FIRST_SIZE,
    ...state?.bounds,
    ...SMALLEST,
    show: false,
    title: app.name,
    webPreferences: {
      preload: join(import.meta.dirname, '..', '..', 'preload', 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (state?.isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => writeState({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() }));
  grantNothing(window.webContents.session);
  void window.loadURL(DESKTOP_ORIGIN + route);
  return window;
}

/** For every page there is, this one's frames included: it stays where it is and opens nothing. */
export function lockDown(contents: WebContents): void {
  const isOwn = (url: string): boolean => url.startsWith(`${DESKTOP_ORIGIN}/`);
  contents.on('will-navigate', (event, url) => {
    if (!isOwn(url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

function grantNothing(session: Session): void {
  const isGranted = (permission: string, url: string): boolean =>
    GRANTED.has(permission) && (url === DESKTOP_ORIGIN || url.startsWith(`${DESKTOP_ORIGIN}/`));
  session.setPermissionRequestHandler((_contents, permission, callback, { requestingUrl }) => {
    callback(isGranted(permission, requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => isGranted(permission, origin));
  session.setDevicePermissionHandler(() => false);
}

const stateFile = (): string => join(app.getPath('userData'), 'window.json');

/** Null where there is none, or where its screen is no longer there. */
function readState(): WindowState | null {
  try {
    const state = WindowState.parse(JSON.parse(readFileSync(stateFile(), 'utf8')));
    return overlaps(state.bounds, screen.getDisplayMatching(state.bounds).workArea) ? state : null;
  } catch {
    return null;
  }
}

function writeState(state: WindowState): void {
  try {
    writeFileSync(stateFile(), JSON.stringify(state));
  } catch {
    // A window that opens at its first size next time is no reason to keep this one open.
  }
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
