// The one object that the desktop shell gives its page. Runs sandboxed before the page, bundled as CommonJS.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type {
  DesktopBridge,
  DesktopMessage,
  DesktopMessageValue,
  DesktopParams,
  DesktopRequest,
  DesktopResult,
} from '../contracts/desktop-bridge.ts';
import { DESKTOP_BRIDGE_NAME, messageChannel, requestChannel } from '../contracts/desktop-channels.ts';

/** What Electron puts before the message of an error that a handler throws. */
const ERROR_PREFIX = /^Error invoking remote method '[^']*': (Error: )?/;

async function request<R extends DesktopRequest>(name: R, ...params: DesktopParams<R>): Promise<DesktopResult<R>> {
  try {
    return (await ipcRenderer.invoke(requestChannel(name), ...params)) as DesktopResult<R>;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(message.replace(ERROR_PREFIX, ''), { cause: error });
  }
}

/** @param isKept whether those who come later hear the latest value too, or only the first who listens */
function subscription<M extends DesktopMessage>(name: M, isKept: boolean) {
  const listeners = new Set<(value: DesktopMessageValue<M>) => void>();
  let unheard: { value: DesktopMessageValue<M> } | null = null;
  ipcRenderer.on(messageChannel(name), (_event, value: DesktopMessageValue<M>) => {
    unheard = isKept || listeners.size === 0 ? { value } : null;
    for (const listener of listeners) listener(value);
  });
  return (listener: (value: DesktopMessageValue<M>) => void): (() => void) => {
    listeners.add(listener);
    if (unheard !== null) listener(unheard.value);
    if (!isKept) unheard = null;
    return () => void listeners.delete(listener);
  };
}

const bridge: DesktopBridge = {
  connection: () => request('connection'),
  chooseFiles: (kind) => request('chooseFiles', kind),
  chooseFolder: () => request('chooseFolder'),
  notify: (notification) => request('notify', notification),
  pathOfFile: (file) => webUtils.getPathForFile(file as File),
  onHostStatus: subscription('hostStatus', true),
  onNavigate: subscription('navigate', false),
};

contextBridge.exposeInMainWorld(DESKTOP_BRIDGE_NAME, bridge);
