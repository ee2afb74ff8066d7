// Menu bar and tray. Runs in the desktop shell.
import { join } from 'node:path';
import { app, Menu, Tray } from 'electron';
import { outsideArchive } from './utility-host.ts';
import type { ShellWords } from './words.ts';

const TRAY_ICON = outsideArchive(join(import.meta.dirname, '..', '..', 'resources', 'icons', 'tray.png'));

export function setMenu(words: ShellWords, open: (route: string) => void): void {
  const menu = Menu.buildFromTemplate([
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
    {
      label: words.file,
      submenu: [
        { label: words.newSweep, accelerator: 'CmdOrCtrl+N', click: () => open('/sweeps/new') },
        { label: words.settings, accelerator: 'CmdOrCtrl+,', click: () => open('/settings') },
        { type: 'separator' },
        { label: words.quit, accelerator: 'CmdOrCtrl+Q', click: () => app.quit() },
      ],
    },
    // Without it there is no copying and pasting on macOS.
    { label: words.edit, role: 'editMenu' },
    {
      label: words.view,
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
  ]);
  Menu.setApplicationMenu(menu);
}

/** The way back to a window that is hidden while its runs train. */
export function createTray(words: ShellWords, show: () => void): Tray {
  const tray = new Tray(TRAY_ICON);
  tray.setToolTip(app.name);
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: words.show, click: show },
      { label: words.quit, click: () => app.quit() },
    ]),
  );
  tray.on('click', show);
  return tray;
}
