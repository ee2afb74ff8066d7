// Answers the page's requests, and only the page's: connection, dialogs, notifications. Runs in the desktop shell.
import { dialog, ipcMain, Notification } from 'electron';
import type { BrowserWindow, IpcMainInvokeEvent } from 'electron';
import { DESKTOP_ORIGIN, DESKTOP_REQUESTS } from '../../contracts/desktop-bridge.ts';
import type {
  DesktopMessage,
  DesktopMessageValue,
  DesktopNotification,
  DesktopParams,
  DesktopRequest,
  DesktopResult,
  FileKind,
  HostConnection,
} from '../../contracts/desktop-bridge.ts';
import { messageChannel, requestChannel } from '../../contracts/desktop-channels.ts';

const FILE_EXTENSIONS: Readonly<Record<FileKind, string[]>> = {
  model: ['gguf'],
  data: ['jsonl'],
  recipe: ['yaml', 'yml'],
};

export interface BridgeActions {
  connection: () => Promise<HostConnection>;
  open: (route: string) => void;
}

export function installBridge(window: BrowserWindow, { connection, open }: BridgeActions): void {
  answer(window, 'connection', connection);
  answer(window, 'chooseFiles', async (kind) => {
    const filters = [{ name: kind, extensions: FILE_EXTENSIONS[kind] }];
    const chosen = await dialog.showOpenDialog(window, { filters, properties: ['openFile', 'multiSelections'] });
    return chosen.canceled ? [] : chosen.filePaths;
  });
  answer(window, 'chooseFolder', async () => {
    const chosen = await dialog.showOpenDialog(window, { properties: ['openDirectory', 'createDirectory'] });
    return chosen.canceled ? null : (chosen.filePaths[0] ?? null);
  });
  answer(window, 'notify', async (notification) => {
    showNotification(notification, open);
    return null;
  });
}

export function showNotification({ title, body, route }: DesktopNotification, open: (route: string) => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body });
  notification.on('click', () => open(route));
  notification.show();
}

export function tellPage<M extends DesktopMessage>(window: BrowserWindow, message: M, value: DesktopMessageValue<M>) {
  if (!window.isDestroyed()) window.webContents.send(messageChannel(message), value);
}

function answer<R extends DesktopRequest>(
  window: BrowserWindow,
  request: R,
  handler: (...params: DesktopParams<R>) => Promise<DesktopResult<R>>,
): void {
  ipcMain.handle(requestChannel(request), async (event, ...args: unknown[]) => {
    if (!isOwnPage(window, event)) throw new Error(`${request} is answered to the app's own page only.`);
    const params = DESKTOP_REQUESTS[request].params.safeParse(args);
    if (!params.success) throw new Error(`${request} was asked with something else than it takes.`);
    return handler(...(params.data as DesktopParams<R>));
  });
}

/** Frames within the page, and pages that it might have been led to, are not it. */
function isOwnPage(window: BrowserWindow, { senderFrame }: IpcMainInvokeEvent): boolean {
  if (senderFrame === null || senderFrame !== window.webContents.mainFrame) return false;
  return senderFrame.url.startsWith(`${DESKTOP_ORIGIN}/`);
}
