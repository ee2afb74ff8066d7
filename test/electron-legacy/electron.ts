// The module `electron` for the shell in Electron 9: what came later, by what there was then. Test only: the current Electron
// has all of it itself. The window, its isolation and sandbox, the preload, IPC, menus and tray are Electron 9's own.
import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type * as Electron from 'electron';

type Handler = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown;
type LegacyContents = Electron.WebContents & { frame?: { url: string } };
/** Electron 9's calls that later types no longer have. */
interface LegacyProtocol {
  registerBufferProtocol: (
    scheme: string,
    handler: (
      request: { url: string },
      answer: (response: {
        data: Buffer;
        statusCode: number;
        mimeType: string;
        headers: Record<string, string>;
      }) => void,
    ) => void,
  ) => void;
}

const real = createRequire(__filename)('electron') as typeof Electron;
export const { app, dialog, Menu, Notification, powerSaveBlocker, screen, Tray } = real;
export const { contextBridge, ipcRenderer, webUtils } = real;

/** `senderFrame` and `mainFrame` came with 12 and 15: here one object stands for a page's only frame. */
function mainFrame(contents: LegacyContents): { url: string } {
  contents.frame ??= {
    get url() {
      return contents.getURL();
    },
  };
  return contents.frame;
}

export class BrowserWindow extends real.BrowserWindow {
  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super(options);
    const contents = this.webContents;
    const { session } = contents;
    Object.defineProperty(contents, 'mainFrame', { get: () => mainFrame(contents) });
    session.setDevicePermissionHandler = () => undefined;
  }
}

app.on('web-contents-created', (_event, contents) => {
  contents.setWindowOpenHandler = (handler) => {
    const onNewWindow = (event: Electron.Event, url: string): void => {
      if (handler({ url } as Electron.HandlerDetails).action === 'deny') event.preventDefault();
    };
    (contents as EventEmitter).on('new-window', onNewWindow);
  };
});

export const ipcMain = {
  handle: (channel: string, handler: Handler): void => {
    real.ipcMain.handle(channel, (event, ...args: unknown[]) => {
      const senderFrame = event.frameId === 1 || event.frameId === undefined ? mainFrame(event.sender) : null;
      return handler(Object.assign(event, { senderFrame }), ...args);
    });
  },
};

/** `protocol.handle` came with 25. */
export const protocol = {
  registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]): void =>
    real.protocol.registerSchemesAsPrivileged(
      schemes.map(({ scheme, privileges }) => ({ scheme, privileges: { ...privileges, codeCache: undefined } })),
    ),
  handle: (scheme: string, handler: (request: { url: string }) => Promise<LegacyResponse>): void => {
    (real.protocol as unknown as LegacyProtocol).registerBufferProtocol(scheme, (request, answer) => {
      void handler(request).then(({ body, status, headers }) => {
        const mimeType = (headers['content-type'] ?? '').replace(/;.*/, '');
        answer({ data: Buffer.from(body ?? new Uint8Array()), statusCode: status, mimeType, headers });
      });
    });
  },
};

/** As much of `Response` as the shell uses; Node has it since 18. */
class LegacyResponse {
  readonly body: Uint8Array | null;
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(body: Uint8Array | null, options: { status: number; headers?: Record<string, string> }) {
    this.body = body;
    this.status = options.status;
    this.headers = options.headers ?? {};
  }
}
Object.assign(globalThis, { Response: LegacyResponse });

/** `utilityProcess` came with 22; here the host is a process of the Node that TINYLORA_SMOKE_NODE names. */
export const utilityProcess = {
  fork: (entry: string, args: string[], options: Electron.ForkOptions) => {
    const child = fork(entry, args, {
      execPath: process.env['TINYLORA_SMOKE_NODE'],
      env: options.env as NodeJS.ProcessEnv,
      cwd: options.cwd,
      silent: true,
    });
    const host = new EventEmitter();
    child.on('message', (message) => host.emit('message', message));
    child.once('close', (code) => host.emit('exit', code ?? 1));
    return Object.assign(host, {
      stdout: child.stdout,
      stderr: child.stderr,
      postMessage: (message: object) => void (child.connected && child.send(message)),
      kill: () => child.kill('SIGKILL'),
    });
  },
};
